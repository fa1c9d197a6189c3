/** What is used of `@std/path/posix`; the npm package that serves it ships no types. */
export declare function join(...parts: readonly string[]): string;
export declare function normalize(path: string): string;
export declare function dirname(path: string): string;
export declare function basename(path: string, suffix?: string): string;
export declare function isAbsolute(path: string): boolean;
export declare function relative(from: string, to: string): string;
export declare function resolve(...parts: readonly string[]): string;
