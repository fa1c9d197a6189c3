/** What the path of a request names: a kind, or one resource. */
import type { Kind, Pointer } from "../runtime/core/resource.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import { badQuery, Problem } from "./problem.ts";
import type { RequestUrl } from "./request_url.ts";

/** Where resources live. */
export const RESOURCES_PATH = "/api/v1/resources/";

/** Where the ways back from resources live. */
export const WHY_PATH = "/api/v1/why/";

/** Stands for a type's default namespace. */
const DEFAULT_NAMESPACE = "_";

/** Reads the names of a path. */
export interface HttpTargets {
  /** `…/NAMESPACE/TYPE`. @throws {Problem} 400, 404. */
  kindOf(url: RequestUrl): Kind;
  /**
   * `…/NAMESPACE/TYPE/ID`; the id is the rest of the path.
   *
   * @param base What stands before it; {@linkcode RESOURCES_PATH} unless given.
   * @throws {Problem} 400, 404.
   */
  pointerOf(url: RequestUrl, base?: string): Pointer;
}

/** Types may be named by alias, in any case; a name nobody knows is taken as it stands. */
export function httpTargets(types: ResourceTypes): HttpTargets {
  function resolve(namespace: string, name: string): Kind {
    const found = types.find(name);
    if (found.length > 1) {
      const may = found.map(({ type }) => type).join(", ");
      throw badQuery(`type "${name}" is ambiguous, and may be ${may}`);
    }
    const [definition] = found;
    if (namespace !== DEFAULT_NAMESPACE) return { namespace, type: definition?.type ?? name };
    if (definition !== undefined) return { namespace: definition.namespace, type: definition.type };
    const detail = `type "${name}" is not known, so it has no default namespace: ` +
      "name one, or a type of GET /api/v1/types";
    throw new Problem({ status: 404, code: "not-found", detail });
  }

  return {
    kindOf(url) {
      const [namespace = "", type = ""] = segments(url, RESOURCES_PATH, 2);
      return resolve(namespace, type);
    },
    pointerOf(url, base = RESOURCES_PATH) {
      const [namespace = "", type = "", id = ""] = segments(url, base, 3);
      return { ...resolve(namespace, type), id };
    },
  };
}

/** The path of one resource, with everything percent-encoded that a path cannot carry. */
export function pathOf({ namespace, type, id }: Pointer): string {
  return RESOURCES_PATH + [namespace, type, id].map(encodeURIComponent).join("/");
}

/** The first `count` parts of the path behind `base`; the last takes the rest. */
function segments(url: RequestUrl, base: string, count: number): readonly string[] {
  const named = url.pathname.slice(base.length).split("/");
  if (named.length > count) named.push(named.splice(count - 1).join("/"));
  return named.map(decoded);
}

function decoded(part: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    throw badQuery(`Cannot read path: "${part.slice(0, 64)}" is no percent-encoded UTF-8`);
  }
}
