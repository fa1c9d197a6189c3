/** Which operation of the HTTP API a request asks for, by the table of its routes alone. */
import { type GuardedName, type HttpRoute, routeEntries } from "../http_routes.ts";

interface Known {
  readonly name: GuardedName;
  readonly method: string;
  readonly path: RegExp;
}

const KNOWN: readonly Known[] = routeEntries().flatMap(([name, route]) =>
  // Open ones are answered before anybody is asked who they are.
  route.open ? [] : [{ name: name as GuardedName, method: route.method, path: pattern(route) }]
);

/** The operation; undefined where there is none, which the machine answers with what there is. */
export function operationOf(method: string, pathname: string): GuardedName | undefined {
  const asked = method === "HEAD" ? "GET" : method;
  return KNOWN.find((each) => each.method === asked && each.path.test(pathname))?.name;
}

/** `:id` takes the rest of the path, every other name one part of it. */
function pattern({ path }: HttpRoute): RegExp {
  const parts = path.split(/(:\w+)/).map((part) => {
    if (part === ":id") return "[^]+";
    return part.startsWith(":") ? "[^/]+" : RegExp.escape(part);
  });
  return new RegExp(`^${parts.join("")}$`);
}
