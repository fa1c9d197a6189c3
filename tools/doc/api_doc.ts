/** docs/api.md, made of routes, descriptors and the comments above them. */
import type { DescMethod } from "@bufbuild/protobuf";
import { rolesOf } from "../../api/authorization/rules.ts";
import { procedureOf } from "../../api/procedure.ts";
import { SERVICES } from "../../api/grpc/served_methods.ts";
import { readText, ROOT, runQuietly } from "../checkout.ts";
import { httpPages } from "./http_pages.ts";
import { rpcPages } from "./rpc_pages.ts";

/** Where it is committed. */
export const API_DOC = "docs/api.md";

const HEAD = `# API

<!-- Made by \`deno task gen\` from api/http_routes.ts, api/openapi and the .proto files. Do not edit. -->

Everything below answers on each of these; set \`STRATA\` to one of them, in sh or bash:

\`\`\`sh
# HTTP/1.1 on a unix socket, guarded by its file mode
STRATA="--unix-socket /system/run/strata/http.sock http://localhost"
# HTTP/2 on a unix socket: gRPC, and all the rest
STRATA="--http2-prior-knowledge --unix-socket /system/run/strata/strata.sock http://localhost"
# TCP, by the token that \`strata serve\` and \`deno task up\` print
STRATA="--oauth2-bearer $TOKEN http://127.0.0.1:50080"
# TLS, by a certificate whose organisations are the caller's roles
STRATA="--cacert ca.crt --cert client.crt --key client.key https://HOST:50000"
\`\`\`

\`--json\` needs curl 7.82. \`/openapi.json\` tells programs the same. RPCs are called by Connect, in JSON as shown or in binary
(\`application/proto\`), by gRPC-Web, and on HTTP/2 by gRPC. A stream is sent and answered in
envelopes: a byte of flags, four bytes of length, the message; the last envelope has the flag 2 and
tells how the call ended.

TypeScript has a client whose paths, parameters and bodies are checked by the compiler:

\`\`\`ts
import { httpClient, unixFetch } from "./api/http_client.ts";

using unix = unixFetch("/system/run/strata/http.sock");
const client = httpClient("http://localhost", unix);
const kind = client.api.v1.resources[":namespace"][":type"];
const found = await kind.$get({ param: { namespace: "_", type: "mounts" } });
if (found.status === 200) console.log((await found.json()).items);
\`\`\`

## HTTP API

Errors are \`application/problem+json\` with a \`code\` and a \`detail\` that names what is wrong and
what may be. Besides those named, any operation may answer 400, 401, 403, 500 and 503.`;

/** The document as it should be. @throws {Error} The formatter failed, or a comment is missing. */
export async function apiDoc(signal: AbortSignal): Promise<string> {
  const scratch = await Deno.makeTempDir({ prefix: "strata-doc-" });
  try {
    const roles = (method: DescMethod) => rolesOf(procedureOf(method)).join(", ");
    const path = `${scratch}/api.md`;
    const text = [HEAD, httpPages(), rpcPages(SERVICES, roles)].join("\n\n");
    await Deno.writeTextFile(path, `${text}\n`);
    const words = [Deno.execPath(), "fmt", "--quiet", `--config=${ROOT}deno.json`, path] as const;
    const { code, output } = await runQuietly({ words: [...words], signal });
    if (code !== 0) throw new Error(`Cannot format ${API_DOC}: ${output.trim()}`);
    return await Deno.readTextFile(path);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Says where the committed document differs from what it should be: one line, or none. */
export async function apiDocDifferences(signal: AbortSignal): Promise<string[]> {
  return await apiDoc(signal) === readText(API_DOC) ? [] : [`${API_DOC} differs`];
}
