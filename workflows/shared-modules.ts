// What workflows share: evaluated once for all of them, and frozen. Only `model/`, which is pure and keeps nothing of a run. Without this
// each workflow would evaluate the whole of it for itself.
import '../model/expression/errors.js';
import '../model/instance/as-made.js';
import '../model/instance/compile.js';
import '../model/instance/interval-run.js';
import '../model/instance/plan.js';
import '../model/instance/status.js';
import '../model/instance/task-builder.js';
