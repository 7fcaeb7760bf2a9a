/** What became of a dependency that is over. */
export type Outcome = 'succeeded' | 'failed' | 'skipped';

/** What an activity asks of the outcome of its dependencies before it runs: the field `condition`, read. */
export type Condition =
  | { readonly kind: 'always' }
  /** Of the objects `ids`, or of all dependencies when none is named: did all succeed, did any fail, was any skipped? */
  | { readonly kind: Outcome; readonly ids: readonly string[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  /** Two or more operands, none of the same kind. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Condition[] };

/** Whether `condition` holds. `outcomesOf` answers for an object, which may have no instance or several, or for all dependencies. */
export function conditionHolds(
  condition: Condition,
  outcomesOf: (id?: string) => Iterable<Outcome>,
): boolean {
  switch (condition.kind) {
    case 'always':
      return true;
    case 'not':
      return !conditionHolds(condition.operand, outcomesOf);
    case 'and':
      return condition.operands.every((operand) => conditionHolds(operand, outcomesOf));
    case 'or':
      return condition.operands.some((operand) => conditionHolds(operand, outcomesOf));
    case 'succeeded':
      return !anyOutcome(condition.ids, outcomesOf, (outcome) => outcome !== 'succeeded');
    case 'failed':
    case 'skipped':
      return anyOutcome(condition.ids, outcomesOf, (outcome) => outcome === condition.kind);
  }
}

function anyOutcome(
  ids: readonly string[],
  outcomesOf: (id?: string) => Iterable<Outcome>,
  isIt: (outcome: Outcome) => boolean,
): boolean {
  for (const id of ids.length === 0 ? [undefined] : ids) {
    for (const outcome of outcomesOf(id)) if (isIt(outcome)) return true;
  }
  return false;
}

/** The text that parseCondition reads as `condition`. */
export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'always':
      return 'always()';
    case 'not':
      return `not ${printOperand(condition.operand, isJoined)}`;
    case 'and':
      return condition.operands
        .map((operand) => printOperand(operand, ({ kind }) => kind === 'or'))
        .join(' and ');
    case 'or':
      return condition.operands.map(printCondition).join(' or ');
    default:
      return `${condition.kind}(${condition.ids.map(quoted).join(', ')})`;
  }
}

function printOperand(operand: Condition, needsParentheses: (operand: Condition) => boolean): string {
  const text = printCondition(operand);
  return needsParentheses(operand) ? `(${text})` : text;
}

function isJoined({ kind }: Condition): boolean {
  return kind === 'and' || kind === 'or';
}

function quoted(id: string): string {
  return `'${id.replaceAll("'", "''")}'`;
}
