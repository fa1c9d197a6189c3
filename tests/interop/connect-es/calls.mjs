/** The calls that tests/judges/clients_test.ts compares, by any transport of connect-es, and what came of each. */
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";

const TYPE = "Items.judges.strata.dev";
const ID = "first";
/** Each call takes milliseconds. */
const DEADLINE_MS = 20_000;
/** What a watch that begins with the contents says first: that it stands, the one resource, that this was all. */
const FIRST_MESSAGES = 3;

/** Makes every call. `descriptors` are the bytes of a set of descriptors that knows the state. */
async function makeCalls({ descriptors, transport, namespace }) {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
  const client = createClient(registry.getService("cosi.resource.State"), transport);
  const eventTypes = registry.getEnum("cosi.resource.EventType").value;
  const outcomes = {};
  for (const [name, call] of Object.entries(callsOf(client, { namespace, eventTypes }))) {
    outcomes[name] = await call().catch((error) => {
      if (error instanceof ConnectError && error.code in Code) return Code[error.code];
      return String(error);
    });
  }
  return outcomes;
}

function callsOf(client, { namespace, eventTypes }) {
  const kind = { namespace, type: TYPE };
  const options = { timeoutMs: DEADLINE_MS };
  const item = (version, yamlSpec) => ({
    metadata: { ...kind, id: ID, version, phase: "running" },
    spec: { yamlSpec },
  });
  const get = async (id) => (await client.get({ ...kind, id }, options)).resource.spec.yamlSpec;
  return {
    "Create": async () => {
      const request = { resource: item("undefined", "before"), options: {} };
      return `version ${(await client.create(request, options)).resource.metadata.version}`;
    },
    "Get": () => get(ID),
    "Get refused": () => get("absent"),
    "List": async () => {
      for await (const { resource } of client.list(kind, options)) return resource.metadata.id;
    },
    "Watch": async () => {
      const request = { ...kind, options: { bootstrapContents: true }, apiVersion: 1 };
      const leave = new AbortController();
      const seen = [];
      try {
        for await (const { event: [first] } of client.watch(request, { signal: leave.signal })) {
          const kinds = eventTypes[first?.eventType];
          if (seen.push(first === undefined ? "ready" : kinds.name) === FIRST_MESSAGES) break;
        }
      } finally {
        leave.abort();
      }
      return seen.join(" ");
    },
    "Update": async () => {
      const request = { newResource: item("1", "after"), options: {} };
      return `version ${(await client.update(request, options)).resource.metadata.version}`;
    },
  };
}

export { makeCalls };
