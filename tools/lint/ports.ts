/**
 * The pure folders: what they need of the world is handed in (Clock, Random, Log, Kernel), and
 * what they remember lives in what they make, never in the module.
 */
import { isIn, isTest, placeOf } from "./source_place.ts";

const PURE = [
  "runtime/core",
  "runtime/state",
  "runtime/engine",
  "runtime/sim",
  "runtime/controllers",
];

/** Members of globals that read the clock, chance or the machine. */
const REFUSED_MEMBERS: readonly string[] = [
  "AbortSignal.timeout",
  "Date.now",
  "Math.random",
  "Temporal.Now",
  "crypto.getRandomValues",
  "crypto.randomUUID",
  "performance.now",
  "performance.timeOrigin",
];

/** Globals that hold one of the members above: not to be reached around by another name. */
const HOLDERS = new Set([...REFUSED_MEMBERS.map((name) => name.split(".")[0]), "globalThis"]);

/** Globals refused whole. */
const REFUSED_GLOBALS: readonly string[] = ["Deno", "setInterval", "setTimeout"];

const PORTS = "take a port (Clock, Random, Log, Kernel) as an argument";
const STATE = "keep state in what a function or class makes";

/** No clock, chance, timer or machine in the pure folders, and no state in their modules. */
export const ports: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const place = placeOf(context.filename);
    if (isTest(place) || !PURE.some((folder) => isIn(place, folder))) return {};
    const refuse = (node: Deno.lint.Node, name: string): void =>
      context.report({ node, message: `${name} is refused in ${place}: ${PORTS}` });
    return {
      ...worldReads(refuse),
      Program(program): void {
        for (const statement of program.body) {
          const inner = statement.type === "ExportNamedDeclaration"
            ? statement.declaration
            : statement;
          if (inner?.type !== "VariableDeclaration") continue;
          const reason = stateOf(inner);
          if (reason === undefined) continue;
          context.report({ node: inner, message: `${reason} in ${place}: ${STATE}` });
        }
      },
    };
  },
};

type Refuse = (node: Deno.lint.Node, name: string) => void;

function worldReads(refuse: Refuse): Deno.lint.LintVisitor {
  return {
    MemberExpression(node): void {
      const object = globalName(node.object);
      const property = nameOf(node.property);
      if (object === undefined || property === undefined) return;
      if (REFUSED_GLOBALS.includes(object)) refuse(node, `${object}.${property}`);
      else if (REFUSED_MEMBERS.includes(`${object}.${property}`)) {
        refuse(node, `${object}.${property}`);
      } else if (object === "globalThis" && REFUSED_GLOBALS.includes(property)) {
        refuse(node, `globalThis.${property}`);
      }
    },
    CallExpression(node): void {
      const name = nameOf(node.callee);
      if (name === "Date") refuse(node, "Date()");
      if (name !== undefined && REFUSED_GLOBALS.includes(name)) refuse(node, name);
      for (const argument of node.arguments) {
        const passed = nameOf(argument);
        if (passed !== undefined && REFUSED_GLOBALS.includes(passed)) refuse(argument, passed);
      }
    },
    NewExpression(node): void {
      if (globalName(node.callee) === "Date" && node.arguments.length === 0) {
        refuse(node, "new Date()");
      }
    },
    // const { now } = Date; const later = setTimeout
    VariableDeclarator(node): void {
      const name = node.init === null ? undefined : nameOf(node.init);
      if (name === undefined) return;
      if (REFUSED_GLOBALS.includes(name) || HOLDERS.has(name)) refuse(node, name);
    },
  };
}

/** `Date` for both `Date` and `globalThis.Date`. */
function globalName(node: Deno.lint.Node): string | undefined {
  if (node.type !== "MemberExpression") return nameOf(node);
  return nameOf(node.object) === "globalThis" ? nameOf(node.property) : undefined;
}

function nameOf(node: Deno.lint.Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** What makes a declaration at module level changeable; undefined when nothing does. */
function stateOf(declaration: Deno.lint.VariableDeclaration): string | undefined {
  if (declaration.kind !== "const") return `A module-level ${declaration.kind}`;
  for (const { id, init } of declaration.declarations) {
    const annotation = id.type === "Identifier" ? id.typeAnnotation?.typeAnnotation : undefined;
    if (init === null || isReadonlyType(annotation)) continue;
    if (init.type === "ArrayExpression") return "A changeable module-level array";
    if (init.type === "ObjectExpression" && init.properties.length === 0) {
      return "A changeable module-level object";
    }
    const made = init.type === "NewExpression" ? nameOf(init.callee) : undefined;
    if (made !== undefined && /^(Weak)?(Map|Set)$|^Array$/.test(made)) {
      return `A changeable module-level ${made}`;
    }
  }
  return undefined;
}

function isReadonlyType(annotation: Deno.lint.TypeNode | undefined): boolean {
  if (annotation?.type === "TSTypeOperator") return annotation.operator === "readonly";
  if (annotation?.type !== "TSTypeReference") return false;
  const { typeName } = annotation;
  return typeName.type === "Identifier" && typeName.name.startsWith("Readonly");
}
