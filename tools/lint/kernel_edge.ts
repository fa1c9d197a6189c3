import { eachImport } from "./imported.ts";
import { isIn, isTest, placeOf } from "./source_place.ts";

const EXIT_HOMES = ["main.ts", "build.ts", "tools"];

/** The kernel is called in one folder, the process ended in one file, HTTP/2 is our own, and signals stay linked. */
export const kernelEdge: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const place = placeOf(context.filename);
    if (isTest(place)) return {};
    const judge = (node: Deno.lint.Node, name: string): void => {
      const message = wrongUse(place, name);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ...eachImport(({ specifier, node }) => {
        if (!/^(node:)?http2$/.test(specifier)) return;
        context.report({ node, message: "node:http2 stays out of shipped code: ours is in api/" });
      }),
      MemberExpression(node): void {
        if (node.object.type !== "Identifier") return;
        const { property } = node;
        const named = property.type === "Identifier" ? property.name : "";
        if (node.object.name === "AbortSignal" && named === "any") {
          const message =
            "AbortSignal.any() may be collected while it is listened to: linkedAbort()";
          context.report({ node, message });
        }
        if (node.object.name !== "Deno") return;
        if (property.type === "Identifier") judge(node, property.name);
        if (property.type === "Literal") judge(node, String(property.value));
      },
      TSQualifiedName(node): void {
        if (node.left.type !== "Identifier" || node.left.name !== "Deno") return;
        if (node.right.type === "Identifier") judge(node, node.right.name);
      },
      // const { dlopen } = Deno
      "VariableDeclarator[init.name='Deno'] > ObjectPattern"(node: Deno.lint.ObjectPattern): void {
        for (const property of node.properties) {
          if (property.type !== "Property" || property.key.type !== "Identifier") continue;
          judge(property, property.key.name);
        }
      },
    };
  },
};

function wrongUse(place: string, name: string): string | undefined {
  if ((name === "dlopen" || name.startsWith("Unsafe")) && !isIn(place, "fs/kernel")) {
    return `Deno.${name} belongs in fs/kernel, behind interface Kernel`;
  }
  if (name === "exit" && !EXIT_HOMES.some((home) => isIn(place, home))) {
    return `Deno.exit belongs in ${EXIT_HOMES.join(", ")}: return or throw here`;
  }
  return undefined;
}
