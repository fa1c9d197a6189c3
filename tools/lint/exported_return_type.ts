/** Exported functions, and the open methods of exported classes, say what they return. */
export const exportedReturnType: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const demand = (node: Deno.lint.Node, name: string): void =>
      context.report({ node, message: `${name} is exported: write its return type` });
    const judge = (declaration: Deno.lint.Node | null): void => {
      if (declaration === null) return;
      for (const { node, name } of withoutReturnType(declaration)) demand(node, name);
    };
    return {
      ExportNamedDeclaration: (node): void => judge(node.declaration),
      ExportDefaultDeclaration: (node): void => judge(node.declaration),
    };
  },
};

interface Found {
  readonly node: Deno.lint.Node;
  readonly name: string;
}

function withoutReturnType(declaration: Deno.lint.Node): Found[] {
  switch (declaration.type) {
    case "FunctionDeclaration":
      if (declaration.returnType !== undefined) return [];
      return [{ node: declaration, name: `${declaration.id?.name ?? "The default"}()` }];
    case "VariableDeclaration":
      return declaration.declarations.flatMap(({ id, init }) => {
        if (id.type !== "Identifier" || id.typeAnnotation !== undefined) return [];
        if (init?.type !== "ArrowFunctionExpression" && init?.type !== "FunctionExpression") {
          return [];
        }
        return init.returnType === undefined ? [{ node: init, name: `${id.name}()` }] : [];
      });
    case "ClassDeclaration":
      return declaration.body.body.flatMap((member) => {
        if (member.type !== "MethodDefinition") return [];
        if (member.kind === "constructor" || member.kind === "set") return [];
        if (member.key.type === "PrivateIdentifier" || member.accessibility === "private") {
          return [];
        }
        if (member.value.returnType !== undefined) return [];
        const name = member.key.type === "Identifier" ? member.key.name : "A method";
        return [{ node: member, name: `${declaration.id?.name ?? "class"}.${name}()` }];
      });
    default:
      return [];
  }
}
