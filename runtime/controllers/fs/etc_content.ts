/** A controller that makes one file of /etc from what other resources say. */
import type { ResourceDefinition } from "../../core/definition.ts";
import type { Resource } from "../../core/resource.ts";
import type { Controller, ControllerContext } from "../../engine/controller.ts";
import { endResource } from "../../engine/generic/holding.ts";
import { etcFileSpec } from "../../resources/fs.ts";
import { keepWish } from "../kept_wish.ts";

/** One file, and what it is made from. */
export interface EtcContent {
  /** Name of the controller. */
  readonly name: string;
  /** Path below /etc. */
  readonly file: string;
  readonly mode: number;
  readonly sources: readonly ResourceDefinition[];
  /** The content by what there is of `sources`, in their order; undefined shows the image's own file. */
  readonly write: (resources: readonly Resource[]) => string | undefined;
}

/** Keeps the EtcFileSpec of `content.file` as `content.write` says. */
export function etcContentController(content: EtcContent): Controller {
  const { name, sources } = content;
  return {
    name,
    inputs: [
      ...sources.map(({ namespace, type }) => ({ namespace, type, kind: "weak" as const })),
      { namespace: etcFileSpec.namespace, type: etcFileSpec.type, kind: "destroy-ready" },
    ],
    outputs: [{ type: etcFileSpec.type, kind: "shared" }],
    async run(context: ControllerContext): Promise<void> {
      for await (const _ of context.reconciles()) {
        await reconcile(context, content);
        context.resetRestartBackoff();
      }
    },
  };
}

async function reconcile(context: ControllerContext, content: EtcContent): Promise<void> {
  const { file, mode, sources, write } = content;
  const resources: Resource[] = [];
  for (const source of sources) {
    const all = await context.list(source);
    resources.push(...all.filter(({ metadata }) => metadata.phase === "running"));
  }
  const contents = write(resources);
  const spec = etcFileSpec.newResource(file, { contents: contents ?? "", mode });
  const present = (await context.list(etcFileSpec)).find(({ metadata }) => metadata.id === file);
  if (contents === undefined || present?.metadata.phase === "tearingDown") {
    if (present === undefined) return;
    // One on its way out must be gone before a new one is made.
    if (!await endResource(context, spec.metadata) || contents === undefined) return;
  }
  await keepWish(context, spec);
}

/** Whether a text can stand as one word in a file of lines and words. */
export function isWord(text: string): boolean {
  return /^[^\s#\p{Cc}]+$/u.test(text);
}

/** A text of these lines. */
export function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
