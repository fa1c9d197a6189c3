/** `GET /openapi.json`: made when it is first asked for, out of a chunk of its own, and kept. */
import type { HttpHandler, HttpParts } from "./http_parts.ts";

/** Makes the handler. Nothing of the document is loaded before the first request. */
export function getOpenApi({ types, version }: HttpParts): HttpHandler {
  let made: string | undefined;
  return async () => {
    if (made === undefined) {
      const { openApiDocument } = await import("./openapi/document.ts");
      made ??= `${JSON.stringify(openApiDocument({ types, version: version().tag }))}\n`;
    }
    return new Response(made, { headers: { "content-type": "application/json" } });
  };
}
