/** connect-es in a headless Chromium, on a page of the machine's own origin. */
import { join } from "@std/path/posix";
import { systemClock } from "../../runtime/system/clock.ts";
import {
  type Client,
  type ConnectEs,
  DESCRIPTORS,
  type Outcomes,
  type Place,
} from "./client_programs.ts";

/** Starting the browser, and all of its calls. */
const BROWSER_MS_MAX = 60_000;

/** Between looks at what is left of it. */
const LOOK_MS = 20;

/** How the page calls. */
export interface PageForm {
  readonly protocol: "connect" | "grpc-web";
  readonly json?: boolean;
  /** What only reads, by GET. */
  readonly get?: boolean;
}

/** Packages that the page imports by name: each entry of theirs that one of them uses. */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  "@bufbuild/protobuf": ["", "/codegenv2", "/reflect", "/wire", "/wkt"],
  "@connectrpc/connect": [
    "",
    "/protocol",
    "/protocol-connect",
    "/protocol-grpc",
    "/protocol-grpc-web",
  ],
  "@connectrpc/connect-web": [""],
};

const FLAGS: readonly string[] = [
  "--headless=new",
  // It runs as root, and reads nothing but this page.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--no-proxy-server",
];

/** Makes a client of that form. */
export function browserClient({ folder }: ConnectEs, form: PageForm): Client {
  return async (place, namespace) => {
    const outcomes = Promise.withResolvers<Outcomes>();
    const asked = new Set<string>();
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => answer(request, { folder, place, asked, told: outcomes.resolve }),
    );
    const query = new URLSearchParams({ protocol: form.protocol, namespace });
    if (form.json) query.set("json", "");
    if (form.get) query.set("get", "");
    const profile = await Deno.makeTempDir({ prefix: "strata-chromium-" });
    const browser = new Deno.Command("chromium", {
      args: [
        ...FLAGS,
        `--user-data-dir=${profile}`,
        `http://127.0.0.1:${server.addr.port}/?${query}`,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(BROWSER_MS_MAX),
    }).spawn();
    const ended = browser.status.then(({ code }) => {
      throw new Error(`Chromium ended with ${code} before its page had made all calls`);
    });
    ended.catch(() => {}); // Asked to end.
    try {
      const made = await Promise.race([outcomes.promise, ended]);
      const [used] = [...asked].filter((call) => call.endsWith(" /cosi.resource.State/Get"));
      const method = form.get ? "GET" : "POST";
      if (asked.has(`${method} /cosi.resource.State/Get`)) return made;
      throw new Error(`The page was to read by ${method}, and did so by ${used}`);
    } finally {
      try {
        browser.kill("SIGTERM");
      } catch {
        // It ended by itself.
      }
      await browser.status;
      // Its helpers outlive it by a moment, and write into the profile to the last.
      while (await isUsed(profile)) await systemClock().sleep(LOOK_MS);
      await Deno.remove(profile, { recursive: true });
    }
  };
}

/** Whether a process was started with this path. */
async function isUsed(path: string): Promise<boolean> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => ""); // It is gone.
    if (words.includes(path)) return true;
  }
  return false;
}

/** The page, its scripts, and the machine behind them. */
async function answer(request: Request, { folder, place, asked, told }: {
  readonly folder: string;
  readonly place: Place;
  /** Method and path of what was asked of the machine. */
  readonly asked: Set<string>;
  readonly told: (outcomes: Outcomes) => void;
}): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (pathname === "/") return new Response(page(), { headers: { "content-type": "text/html" } });
  if (pathname === "/descriptors") {
    return new Response(await Deno.readFile(join(folder, DESCRIPTORS)));
  }
  if (pathname === "/outcomes") {
    told(await request.json());
    return new Response();
  }
  if (/\.m?js$/.test(pathname)) {
    const script = await Deno.readFile(join(folder, pathname));
    return new Response(script, { headers: { "content-type": "text/javascript" } });
  }
  if (pathname === "/favicon.ico") return new Response(null, { status: 404 });
  const headers = new Headers(request.headers);
  headers.delete("host");
  if (place.token !== undefined) headers.set("authorization", `Bearer ${place.token}`);
  const { method, body, signal } = request;
  asked.add(`${method} ${pathname}`);
  return await fetch(`${place.endpoint}${pathname}${search}`, { method, headers, body, signal });
}

function page(): string {
  const entries = Object.entries(IMPORTS).flatMap(([name, places]) =>
    places.map((place) => [`${name}${place}`, `/node_modules/${name}/dist/esm${place}/index.js`])
  );
  const map = JSON.stringify({ imports: Object.fromEntries(entries) });
  return `<!doctype html><script type="importmap">${map}</script>` +
    '<script type="module" src="/page.mjs"></script>';
}
