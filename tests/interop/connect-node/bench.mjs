/** connect-node under Node as a benchmark of clients runs it: `bench.mjs DESCRIPTORS LOAD_MODULE SOCKET CALLS`. */
import { readFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import process from "node:process";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

const [descriptors, loadModule, socket, calls] = process.argv.slice(2);
const { measureCalls } = await import(loadModule);
const set = fromBinary(FileDescriptorSetSchema, readFileSync(descriptors));
const service = createFileRegistry(set).getService("cosi.resource.State");
const transport = createGrpcTransport({
  baseUrl: "http://localhost",
  nodeOptions: { createConnection: () => connectSocket(socket) },
});
const client = createClient(service, transport);
const request = { namespace: "bench", type: "Items.bench.strata.dev", id: "item-000000" };
process.stdout.write(JSON.stringify(await measureCalls(() => client.get(request), Number(calls))));
process.exit(0);
