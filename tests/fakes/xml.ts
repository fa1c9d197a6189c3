/** A reader of the XML that drawings are made of: strict, and no more than they need. */

/** An element with what is in it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
}

const TOKEN_REGEXP = /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const NOT_XML_REGEXP =
  // deno-lint-ignore no-control-regex -- control characters are what XML has none of
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** The root element. @throws {SyntaxError} It is not well-formed, or not of what this reader knows. */
export function readXml(text: string): XmlElement {
  const illegal = NOT_XML_REGEXP.exec(text);
  if (illegal !== null) throw new SyntaxError(`character at ${illegal.index} is none of XML's`);
  const document = { name: "", attributes: {}, children: [] as (XmlElement | string)[] };
  const open = [document];
  TOKEN_REGEXP.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN_REGEXP.lastIndex) {
    TOKEN_REGEXP.lastIndex = at;
    const token = TOKEN_REGEXP.exec(text);
    const top = open.at(-1);
    if (token === null || top === undefined) {
      throw new SyntaxError(`no XML at ${at}: ${text.slice(at, at + 40)}`);
    }
    const [, closing, name = "", attributes = "", empty, words] = token;
    if (words !== undefined) top.children.push(decoded(words));
    else if (closing === "/") {
      if (top.name !== name) throw new SyntaxError(`</${name}> ends <${top.name}> at ${at}`);
      open.pop();
    } else {
      const element = { name, attributes: attributesOf(attributes), children: [] };
      top.children.push(element);
      if (empty !== "/") open.push(element);
    }
  }
  if (open.length !== 1) throw new SyntaxError(`<${open.at(-1)?.name}> has no end`);
  const roots = document.children.filter((child) => typeof child !== "string");
  const [root] = roots;
  if (root === undefined || roots.length !== 1) throw new SyntaxError("not one root");
  return root;
}

/** All elements of this name, in the document's order. */
export function elementsOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((child) =>
    typeof child === "string"
      ? []
      : [...(child.name === name ? [child] : []), ...elementsOf(child, name)]
  );
}

/** The text in an element, without that of the elements in it. */
export function textOf(element: XmlElement | undefined): string {
  return (element?.children ?? []).filter((child) => typeof child === "string").join("");
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (name in attributes) throw new SyntaxError(`attribute ${name} twice`);
    attributes[name] = decoded(value);
  }
  return attributes;
}

function decoded(text: string): string {
  return text.replaceAll(/&(#(\d+);)?/g, (_, entity, code) => {
    if (entity === undefined) throw new SyntaxError(`a bare & in "${text}"`);
    return String.fromCodePoint(Number(code));
  });
}
