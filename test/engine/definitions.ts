/** An activity that its definition's file has; what it does is scripted. */
export const shell = (id: string, more: object = {}) => ({
  id,
  type: 'ShellCommandActivity',
  command: 'true',
  ...more,
});
