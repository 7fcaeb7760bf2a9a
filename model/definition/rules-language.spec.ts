import { describe } from 'vitest';
import { DAILY, DEFAULT, S3, SHELL, itKeeps, type Row } from '../../test/fixtures/rule-rows.js';

/** semantics.md 1 to 3: parameters, values and expressions. */
const LANGUAGE: readonly Row[] = [
  {
    rule: 'a field has one value, unless it is a list',
    breaks: [{ ...SHELL, command: ['a', 'b'] }],
    says: `error Say.command: INVALID_FIELD_VALUE:  'command' has 2 values: "a", "b". Expected one.`,
    keeps: [{ ...SHELL, scriptArgument: ['a', 'b'] }],
  },
  {
    rule: 'a field of a reference holds no text',
    breaks: [{ ...SHELL, dependsOn: 'Data' }, S3],
    says: `error Say.dependsOn: INVALID_FIELD_VALUE:  'dependsOn' value "Data" is text. Expected {"ref": "Data"}.`,
    keeps: [{ ...SHELL, dependsOn: { ref: 'Data' } }, S3],
  },
  {
    rule: 'a field of text holds no reference',
    breaks: [{ ...SHELL, stdout: { ref: 'Data' } }, S3],
    says: `error Say.stdout: INVALID_FIELD_VALUE:  'stdout' is a reference to "Data". Expected text.`,
    keeps: [{ ...SHELL, stdout: 's3://b/k' }],
  },
  {
    rule: 'startDateTime is literal',
    breaks: [{ ...DAILY, startDateTime: '#{makeDate(2011,5,24).format(myPattern)}' }],
    breaksWith: { values: { myPattern: 'YYYY' } },
    says: `error Daily.startDateTime: INVALID_FIELD_VALUE:  'startDateTime' value must be a literal datetime value. Found "2011" (from "#{makeDate(2011,5,24).format(myPattern)}"); expected YYYY-MM-DDTHH:MM:SS, for example 2024-05-24T17:10:00.`,
    keeps: [{ ...DAILY, startDateTime: '#{myStart}' }],
    keepsWith: { values: { myStart: '2011-05-24T00:00:00' } },
  },
  {
    rule: 'a parameter that is not optional has a value or a default',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX' }] },
    says: `error myX.undefined: MISSING_PARAMETER:  parameter "myX" has no value. Expected a value, a 'default', or 'optional' "true".`,
    keeps: [SHELL],
    keepsWith: {
      parameters: [
        { id: 'myX', default: 'x' },
        { id: 'myY', optional: 'true' },
      ],
    },
  },
  {
    rule: 'an Integer is a whole number',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', type: 'Integer' }], values: { myX: '1.5' } },
    says: `error myX.undefined: INVALID_PARAMETER:  value "1.5" of parameter "myX" is not an Integer, for example "5".`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', type: 'Integer' }], values: { myX: '15' } },
  },
  {
    rule: 'a Double is a number',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', type: 'Double' }], values: { myX: 'half' } },
    says: `error myX.undefined: INVALID_PARAMETER:  value "half" of parameter "myX" is not a Double, for example "0.25".`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', type: 'Double' }], values: { myX: '0.5' } },
  },
  {
    rule: 'an AWS::S3::ObjectKey looks like s3://',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', type: 'AWS::S3::ObjectKey' }], values: { myX: 'b/k' } },
    says: `error myX.undefined: INVALID_PARAMETER:  value "b/k" of parameter "myX" is not an S3 location, for example "s3://bucket/key".`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', type: 'AWS::S3::ObjectKey' }], values: { myX: 's3://b/k' } },
  },
  {
    rule: 'a value is one of allowedValues',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', allowedValues: ['a', 'b'] }], values: { myX: 'c' } },
    says: `error myX.undefined: INVALID_PARAMETER:  value "c" of parameter "myX" is not allowed. Expected a, b.`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', allowedValues: ['a', 'b'] }], values: { myX: 'b' } },
  },
  {
    rule: 'the type of a parameter is known',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX', type: 'Int', default: '1' }] },
    says: `warning myX.type: INVALID_PARAMETER:  'type' "Int" of parameter "myX" is unknown; expected String, Integer, Double, AWS::S3::ObjectKey. It is taken as String.`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', type: 'integer', default: '1' }] },
  },
  {
    rule: 'a parameter is declared once',
    breaks: [SHELL],
    breaksWith: {
      parameters: [
        { id: 'myX', default: '1' },
        { id: 'myX', default: '2' },
      ],
    },
    says: `error myX.undefined: DUPLICATE_ID:  parameter "myX" is declared more than once. Expected one declaration.`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', default: '1' }] },
  },
  {
    rule: 'several values are for arrays',
    breaks: [SHELL],
    breaksWith: { parameters: [{ id: 'myX' }], values: { myX: ['1', '2'] } },
    says: `warning myX.undefined: INVALID_PARAMETER:  parameter "myX" has 2 values. Expected one, or 'isArray' "true".`,
    keeps: [SHELL],
    keepsWith: { parameters: [{ id: 'myX', isArray: 'true' }], values: { myX: ['1', '2'] } },
  },
  {
    rule: 'an expression can be read',
    breaks: [{ ...SHELL, command: '#{1 +}' }],
    says: `error Say.command: INVALID_EXPRESSION:  'command' expression, column 6: expected a name, number, string or "(", found "}"\n  #{1 +}\n       ^`,
    keeps: [{ ...SHELL, command: '#{1 + 1}' }],
  },
  {
    rule: 'a function exists',
    breaks: [{ ...SHELL, command: '#{minusDay(@scheduledStartTime, 1)}' }],
    says: `error Say.command: INVALID_EXPRESSION:  'command' expression, column 3: there is no function "minusDay"; did you mean "minusDays"?\n  #{minusDay(@scheduledStartTime, 1)}\n    ^`,
    keeps: [{ ...SHELL, command: '#{minusDays(@scheduledStartTime, 1)}' }],
  },
  {
    rule: 'a name in an expression is a field or a parameter',
    breaks: [{ ...SHELL, command: '#{myOther}' }],
    breaksWith: { values: { myOthers: 'x' } },
    says: `error Say.command: INVALID_EXPRESSION:  'command' expression, column 3: "myOther" is neither a field of object "Say" nor a parameter; did you mean "myOthers"?\n  #{myOther}\n    ^`,
    keeps: [{ ...SHELL, command: '#{myOther}' }],
    keepsWith: { values: { myOther: 'x' } },
  },
  {
    rule: 'a name behind a reference is a field of what it refers to',
    breaks: [{ ...SHELL, command: '#{input.directoryPath}', input: { ref: 'Data' } }, S3],
    says: `error Say.command: INVALID_EXPRESSION:  'command' expression, column 3: object "Data" has no field "directoryPath"\n  #{input.directoryPath}\n    ^`,
    keeps: [{ ...SHELL, command: '#{input.filePath}', input: { ref: 'Data' } }, S3],
  },
  {
    rule: 'a secret parameter is read by its starred name',
    breaks: [{ ...SHELL, command: '#{myKey}' }],
    breaksWith: { parameters: [{ id: '*myKey' }], values: { '*myKey': 'k' } },
    says: `warning Say.command: INVALID_EXPRESSION:  'command' reads parameter "myKey", which is declared as secret. Expected "#{*myKey}".`,
    keeps: [{ ...SHELL, command: '#{*myKey}' }],
    keepsWith: { parameters: [{ id: '*myKey' }], values: { '*myKey': 'k' } },
  },
  {
    rule: 'a field of Default is one that something knows or reads',
    breaks: [{ ...DEFAULT, failureAndRerunModus: 'cascade' }],
    says: `warning Default.failureAndRerunModus: INVALID_FIELD:  'failureAndRerunModus' is not a field of any type, and no expression reads it; did you mean "failureAndRerunMode"?`,
    keeps: [
      { ...DEFAULT, failureAndRerunModus: 'cascade', anything: 'x' },
      { ...SHELL, command: '#{failureAndRerunModus}' },
    ],
  },
];

describe('the language', () => itKeeps(LANGUAGE));
