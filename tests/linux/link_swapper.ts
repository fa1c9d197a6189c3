/** A worker that has a directory and a link take turns at one name, a number of times, and then says so. */

/** What it is told. */
export interface SwapOrder {
  readonly name: string;
  /** The directory and the link wait here while the other has the name. */
  readonly directory: string;
  readonly link: string;
  readonly swaps: number;
  /** Where "swapping" and "done" go. */
  readonly answers: MessagePort;
}

globalThis.addEventListener("message", (event: Event) => {
  if (!(event instanceof MessageEvent)) return;
  const { name, directory, link, swaps, answers }: SwapOrder = event.data;
  answers.postMessage("swapping");
  for (let swap = 0; swap < swaps; swap++) {
    Deno.renameSync(name, directory);
    Deno.renameSync(link, name);
    Deno.renameSync(name, link);
    Deno.renameSync(directory, name);
  }
  answers.postMessage("done");
});
