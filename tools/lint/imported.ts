/** Every way a module can name another one, seen as one thing. */

/** One module named by another. */
export interface Imported {
  readonly specifier: string;
  readonly kind: "type" | "value";
  readonly node: Deno.lint.Node;
}

/** Calls `see` for each import, re-export, dynamic import and import type with a written name. */
export function eachImport(see: (imported: Imported) => void): Deno.lint.LintVisitor {
  return {
    ImportDeclaration(node): void {
      const named = node.specifiers;
      const onlyTypes = node.importKind === "type" || named.length > 0 &&
          named.every((one) => one.type === "ImportSpecifier" && one.importKind === "type");
      see({ specifier: node.source.value, kind: onlyTypes ? "type" : "value", node });
    },
    ExportAllDeclaration(node): void {
      see({ specifier: node.source.value, kind: kindOf(node.exportKind), node });
    },
    ExportNamedDeclaration(node): void {
      if (node.source === null) return;
      see({ specifier: node.source.value, kind: kindOf(node.exportKind), node });
    },
    ImportExpression(node): void {
      const { source } = node;
      if (source.type !== "Literal" || typeof source.value !== "string") return;
      see({ specifier: source.value, kind: "value", node });
    },
    TSImportType(node): void {
      const { argument } = node;
      if (argument.type !== "TSLiteralType" || argument.literal.type !== "Literal") return;
      see({ specifier: String(argument.literal.value), kind: "type", node });
    },
  };
}

function kindOf(exportKind: "type" | "value"): "type" | "value" {
  return exportKind === "type" ? "type" : "value";
}
