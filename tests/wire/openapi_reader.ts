/** An OpenAPI document as a test walks it: operations with their parameters, and a judge of answers. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020";
import formats from "ajv-formats";

/** Any object of the document. */
export type Node = Readonly<Record<string, unknown>>;

/** A parameter, or the body, with what may be sent. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Node;
  /** As text. */
  readonly example: string;
}

/** One operation. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With `{name}` for its parts. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly mediaType: string; readonly example: unknown } | undefined;
  /** Whether it asks nobody who they are. */
  readonly open: boolean;
  readonly responses: Node;
  /** Media types of the answer that is no refusal. */
  readonly accepts: readonly string[];
}

const METHODS = ["get", "head", "post", "put", "patch", "delete", "options", "trace"];

/** Reads a document, which is believed to be valid. */
export class OpenApiReader {
  readonly #document: Node;
  readonly #ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
  readonly #judges = new Map<string, ValidateFunction>();

  constructor(document: Node) {
    this.#document = document;
    formats.default(this.#ajv);
    this.#ajv.addVocabulary(["openapi", "info", "servers", "security", "paths", "components"]);
    this.#ajv.addSchema({ $id: "document:", ...document });
  }

  operations(): readonly Operation[] {
    return Object.entries(object(this.#document["paths"])).flatMap(([path, item]) =>
      Object.entries(object(item))
        .filter(([method]) => METHODS.includes(method))
        .map(([method, operation]) => this.#operation(path, method, object(operation)))
    );
  }

  /** What the document has of a status; undefined where it does not tell of it. */
  response(operation: Operation, status: number): Node | undefined {
    const found = operation.responses[status] ?? operation.responses["default"];
    return found === undefined ? undefined : this.#resolved(object(found));
  }

  /** What is wrong with a value by a schema of the document; undefined where nothing is. */
  fault(schema: Node, value: unknown): string | undefined {
    const key = JSON.stringify(schema);
    const judge = this.#judges.get(key) ?? this.#ajv.compile(absolute(schema));
    this.#judges.set(key, judge);
    return judge(value)
      ? undefined
      : `${this.#ajv.errorsText(judge.errors)} in ${JSON.stringify(value).slice(0, 400)}`;
  }

  /** Follows `$ref`. */
  #resolved(node: Node): Node {
    const { $ref } = node;
    if (typeof $ref !== "string") return node;
    const parts = $ref.slice("#/".length).split("/");
    return parts.reduce((at, part) => object(at[part]), this.#document);
  }

  /** What is wrong with a header; undefined where nothing is. */
  headerFault(header: Node, value: string | null): string | undefined {
    const { required = false, schema } = this.#resolved(header);
    if (value === null) return required ? "it is missing" : undefined;
    return this.fault(object(schema), value);
  }

  #operation(path: string, method: string, node: Node): Operation {
    const { operationId, parameters = [], requestBody, security, responses } = node;
    const [body] = Object.entries(object(object(requestBody ?? {})["content"] ?? {}));
    const good = Object.entries(object(responses)).filter(([status]) => /^2/.test(status));
    const accepts = good.flatMap(([, answer]) =>
      Object.keys(object(this.#resolved(object(answer))["content"] ?? {}))
    );
    return {
      id: String(operationId),
      method: method.toUpperCase(),
      path,
      parameters: array(parameters).map((each) => parameter(object(each))),
      body: body === undefined
        ? undefined
        : { mediaType: body[0], example: object(body[1])["example"] },
      open: Array.isArray(security) && security.length === 0,
      responses: object(responses),
      accepts: [...new Set(accepts)],
    };
  }
}

function parameter(node: Node): Parameter {
  const { name, required = false, schema, content, example } = node;
  const [body] = Object.values(object(content ?? {}));
  const given = body === undefined ? example : JSON.stringify(object(body)["example"]);
  const shape = object(schema ?? {});
  const enumerated = Array.isArray(shape["enum"]) ? shape["enum"][0] : "x";
  const [first] = Array.isArray(given) ? given : [given ?? enumerated];
  return {
    name: String(name),
    in: node["in"] as Parameter["in"],
    required: required === true,
    schema: shape,
    example: String(first),
  };
}

/** A schema whose references name the document. */
function absolute(schema: Node): Node {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document:#/'));
}

/** @throws {TypeError} It is no object. */
export function object(value: unknown): Node {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Node;
  throw new TypeError(`Cannot read ${JSON.stringify(value)?.slice(0, 80)}: it is no object`);
}

function array(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`Cannot read ${JSON.stringify(value)?.slice(0, 80)}: it is no array`);
}
