/** Hash trees judged by cryptsetup's veritysetup, keys and signatures by OpenSSL, archives by tar. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { publicKeyPem } from "../../fs/manifest_signature.ts";
import { VERITY_BLOCK_BYTES } from "../../fs/verity_layout.ts";
import { VerityTreeBuilder } from "../../fs/verity_tree.ts";
import { archiveOf, fakeImage } from "../fakes/image.ts";
import { testPublicKey } from "../fakes/signed_root.ts";

/** One level, exactly full ones, one more, and three levels. */
const DATA_BLOCKS = [2, 128, 129, 128 * 128, 128 * 128 + 1];

const SALT = "5a".repeat(32);

/** What its files and ours are called. */
const FORMAT = [
  ...["--no-superblock", "--format=1", "--hash=sha256", `--salt=${SALT}`],
  ...["--data-block-size=4096", "--hash-block-size=4096"],
];

interface Ended {
  readonly code: number;
  readonly text: string;
}

async function run(program: string, ...args: readonly string[]): Promise<Ended> {
  // veritysetup is where a plain user's PATH does not reach.
  const PATH = `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;
  const { code, stdout, stderr } = await new Deno.Command("env", {
    args: [`PATH=${PATH}`, program, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "strata-verity-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Data that compresses to nothing, block by block another. */
function dataOf(blocks: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(blocks * VERITY_BLOCK_BYTES);
  const view = new DataView(data.buffer);
  for (let block = 0; block < blocks; block++) {
    view.setUint32(block * VERITY_BLOCK_BYTES + 8, block);
  }
  return data;
}

Deno.test("VerityTreeBuilder makes byte for byte the tree that veritysetup makes", async () => {
  await inFolder(async (folder) => {
    const [data, theirs] = [`${folder}/data`, `${folder}/theirs`];
    for (const dataBlocks of DATA_BLOCKS) {
      const bytes = dataOf(dataBlocks);
      await Deno.writeFile(data, bytes);
      await Deno.remove(theirs).catch(() => {});
      const made = await run("veritysetup", "format", ...FORMAT, data, theirs);
      assertEquals(made.code, 0, made.text);
      const builder = new VerityTreeBuilder({ dataBlocks, salt: Uint8Array.fromHex(SALT) });
      builder.push(bytes);
      const { bytes: tree, rootHash } = builder.finish();
      assertEquals(/Root hash:\s+([0-9a-f]{64})/.exec(made.text)?.[1], rootHash, `${dataBlocks}`);
      const same = (await Deno.readFile(theirs)).every((byte, at) => byte === tree[at]);
      assertEquals([same, (await Deno.stat(theirs)).size], [true, tree.length], `${dataBlocks}`);
    }
  });
});

Deno.test("veritysetup verifies a tree of ours, and refuses it for other data", async () => {
  await inFolder(async (folder) => {
    const bytes = dataOf(300);
    const builder = new VerityTreeBuilder({ dataBlocks: 300, salt: Uint8Array.fromHex(SALT) });
    builder.push(bytes);
    const { bytes: tree, rootHash } = builder.finish();
    const [data, ours] = [`${folder}/data`, `${folder}/ours`];
    await Deno.writeFile(ours, tree);
    const verify = async (content: Uint8Array<ArrayBuffer>): Promise<Ended> => {
      await Deno.writeFile(data, content);
      const args = [...FORMAT, "--data-blocks=300", data, ours, rootHash];
      return await run("veritysetup", "verify", ...args);
    };
    const good = await verify(bytes);
    assertEquals(good.code, 0, good.text);
    bytes[200 * VERITY_BLOCK_BYTES] = 1;
    const bad = await verify(bytes);
    assertMatch(`${bad.code} ${bad.text}`, /^[1-9].*failed/is);
  });
});

Deno.test("OpenSSL verifies the signature of a manifest by the key as we write it", async () => {
  await inFolder(async (folder) => {
    const image = fakeImage();
    for (const name of ["manifest.json", "manifest.sig"]) {
      await Deno.writeFile(`${folder}/${name}`, image[name] ?? new Uint8Array());
    }
    await Deno.writeTextFile(`${folder}/key.pub`, publicKeyPem(testPublicKey(1)));
    const verify = ["-verify", "-pubin", "-inkey", `${folder}/key.pub`, "-rawin"];
    const files = ["-in", `${folder}/manifest.json`, "-sigfile", `${folder}/manifest.sig`];
    const { code, text } = await run("openssl", "pkeyutl", ...verify, ...files);
    assertEquals([code, text.trim()], [0, "Signature Verified Successfully"]);
  });
});

Deno.test("tar lists and unpacks an image file", async () => {
  await inFolder(async (folder) => {
    const image = fakeImage();
    await Deno.writeFile(`${folder}/x.img`, archiveOf(image));
    await Deno.mkdir(`${folder}/to`);
    const { code, text } = await run("tar", "-xvf", `${folder}/x.img`, "-C", `${folder}/to`);
    assertEquals([code, text.trim().split("\n").sort()], [0, Object.keys(image).sort()]);
    for (const [name, bytes] of Object.entries(image)) {
      assertEquals(await Deno.readFile(`${folder}/to/${name}`), bytes, name);
    }
  });
});
