/** Types of what the tests, in TypeScript, take from the bootstrap, in plain JavaScript. */
export interface FoundTemporal {
  readonly binary: string;
  readonly way: string;
}
export interface PythonTools {
  readonly python: string;
  readonly aws: string;
  readonly moto: string;
}
export declare function findTemporal(): Promise<FoundTemporal>;
export declare function pythonTools(): Promise<PythonTools>;
export declare function versitygwTool(): Promise<string>;
export declare function hydratePostgresLinks(root: string): Promise<number>;
/** Makes dist/ current; answers whether it had to. */
export declare function ensureBuild(root: string): Promise<boolean>;
