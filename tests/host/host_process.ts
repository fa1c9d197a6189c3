/** `strata serve` and other commands as processes of their own, in a folder of their own. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
// @ts-types="types/std_streams.d.ts"
import { TextLineStream } from "@std/streams";

/** The checkout, with a slash at its end. */
export const ROOT = new URL("../../", import.meta.url).pathname;

/** What a command came to. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that is nobody else's; it goes with the test. */
export interface Bench extends AsyncDisposable {
  readonly folder: string;
  /** Of HTTP/1.1. */
  readonly socket: string;
  /** Of HTTP/2. */
  readonly grpcSocket: string;
  readonly tokenFile: string;
  /** Runs a command to its end. */
  strata(...args: readonly string[]): Promise<Ended>;
  /** Begins `strata serve` and waits for its first line. */
  serve(...args: readonly string[]): Promise<Serving>;
}

/** A `strata serve` that has said it is ready. */
export interface Serving {
  /** Its first line. */
  readonly ready: string;
  /** As `http://127.0.0.1:N`. */
  readonly origin: string;
  readonly token: string;
  /** Sends a signal and waits for the end. */
  end(signal: Deno.Signal): Promise<Ended>;
}

/** Makes the folder. What still runs when the bench is disposed of is killed. */
export async function hostBench(): Promise<Bench> {
  const folder = await Deno.makeTempDir({ prefix: "strata-host-" });
  const socket = `${folder}/run/http.sock`;
  const grpcSocket = `${folder}/run/strata.sock`;
  const tokenFile = `${folder}/run/token`;
  await Deno.mkdir(`${folder}/run`, { mode: 0o700 });
  const running = new Set<Deno.ChildProcess>();
  const begin = (args: readonly string[]): Deno.ChildProcess => {
    const child = command(folder, args).spawn();
    running.add(child);
    child.status.then(() => running.delete(child));
    return child;
  };
  return {
    folder,
    socket,
    grpcSocket,
    tokenFile,
    strata: (...args) => ended(begin(args)),
    async serve(...args) {
      const child = begin([
        ...["serve", "--http", "127.0.0.1:0"],
        ...["--socket", grpcSocket, "--http-socket", socket, "--token-file", tokenFile, ...args],
      ]);
      return await serving(child, tokenFile);
    },
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill("SIGKILL");
      await Promise.all([...running].map(({ status }) => status));
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Words of Deno that run a program of a checkout, wherever they are run: with the packages that its own lockfile names. */
export function denoWords(root: string = ROOT): readonly string[] {
  const pinned = [`--config=${root}deno.json`, `--lock=${root}deno.lock`, "--frozen"];
  return ["run", ...pinned, "--no-check", "-A"];
}

/** What a command of this folder finds around it: nothing of the caller's own machines. */
export function surroundings(folder: string): Record<string, string> {
  return {
    XDG_RUNTIME_DIR: `${folder}/xdg`,
    XDG_CONFIG_HOME: `${folder}/config`,
    STRATA_CONFIG: "",
    STRATA_ENDPOINT: "",
    STRATA_TOKEN: "",
    NO_COLOR: "1",
  };
}

/** A program called `strata` in a folder of its own, for shells that look for it. @returns The folder. */
export async function strataProgram(folder: string): Promise<string> {
  const words = [Deno.execPath(), ...denoWords(), `${ROOT}main.ts`]
    .map((word) => `'${word}'`).join(" ");
  const programs = `${folder}/bin`;
  await Deno.mkdir(programs);
  await Deno.writeTextFile(`${programs}/strata`, `#!/bin/sh\nexec ${words} "$@"\n`, {
    mode: 0o755,
  });
  return programs;
}

/** Begins a command of `strata` that is to be watched while it runs. @param root The checkout it is of. */
export function strataCommand(
  folder: string,
  args: readonly string[],
  root: string = ROOT,
): Deno.ChildProcess {
  return command(folder, args, root).spawn();
}

function command(folder: string, args: readonly string[], root: string = ROOT): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [...denoWords(root), `${root}main.ts`, ...args],
    cwd: root,
    env: surroundings(folder),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array<ArrayBuffer>): string => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function serving(child: Deno.ChildProcess, tokenFile: string): Promise<Serving> {
  const stderr = new Response(child.stderr).text();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const { value: ready } = await lines.read();
  if (ready === undefined) {
    await child.status;
    throw new Error(`strata serve ended before it was ready: ${await stderr}`);
  }
  return {
    ready,
    origin: /http:\/\/\S+/.exec(ready)?.[0] ?? "",
    token: (await Deno.readTextFile(tokenFile)).trim(),
    async end(signal) {
      child.kill(signal);
      const rest: string[] = [];
      for (let line = await lines.read(); !line.done; line = await lines.read()) {
        rest.push(line.value);
      }
      const { code } = await child.status;
      return { code, stdout: rest.join("\n"), stderr: await stderr };
    },
  };
}

/** Runs a command that must go well. */
export async function said(bench: Bench, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await bench.strata(
    ...["--endpoint", `unix:${bench.grpcSocket}`],
    ...args,
  );
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

/** The number of the process that serves. */
export async function servingPid(bench: Bench): Promise<number> {
  const processes = JSON.parse(await said(bench, "processes", "-o", "json"));
  const found = processes.filter(({ args }: { args: string }) =>
    args.includes(` serve `) && args.includes(bench.grpcSocket)
  );
  assertEquals(found.length, 1);
  return found[0].pid;
}
