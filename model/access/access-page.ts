import { ACTIONS, isAction, traitsOf, type Action } from './actions.js';
import { roleMay, RUNNER_ACTIONS } from './decide.js';
import { ROLES } from './principal.js';

/** Lines of docs/access.md between which the table stands. */
const BEGIN = '<!-- actions: made by `npm run docs` -->';
const END = '<!-- /actions -->';

/** The page with its table made anew. @throws Error when it has no place for it. */
export function withAccessTable(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/access.md: expected the lines ${BEGIN} and ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${accessTable()}\n${page.slice(end)}`;
}

/** Every action, who may do it, and what policies may be about. */
function accessTable(): string {
  const rows = Object.keys(ACTIONS)
    .filter(isAction)
    .map((action) => [
      `\`${action}\``,
      traitsOf(action).kind,
      ...ROLES.map((role) => (roleMay(role, action) ? 'yes' : '–')),
      RUNNER_ACTIONS.includes(action) ? 'its group' : '–',
      keysOf(action).join(', '),
    ]);
  const head = ['action', '', ...ROLES, 'worker group', 'conditions on'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** What conditions of policies may be about, beside who calls. */
function keysOf(action: Action): string[] {
  const { on, namesWorkerGroups } = traitsOf(action);
  const tags = ['datapipeline:AddTags', 'datapipeline:RemoveTags', 'datapipeline:CreatePipeline'];
  const ofTask = action === 'datapipeline:ReportTaskProgress' || action === 'datapipeline:SetTaskStatus';
  return [
    ...(on === 'pipeline' || ofTask || action === 'datapipeline:CreatePipeline' ? ['creator', 'tags'] : []),
    ...(on === 'workerGroup' || namesWorkerGroups ? ['worker group'] : []),
    ...(tags.includes(action) ? ['tags of the request'] : []),
  ];
}
