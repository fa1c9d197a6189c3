/** What the network face is told, out of its bytes. By hand: descriptors would make a third of its start. */
import { WireType } from "@bufbuild/protobuf/wire";
import { type FieldReader, readFields } from "../grpc/message_fields.ts";
import type {
  ApiCertificateSpec,
  ApiListenerSpec,
} from "../../proto/gen/strata/apid/v1/apid_pb.ts";

/** The fields of a message, without what the library adds. */
type Fields<Message> = Omit<Message, "$typeName" | "$unknown">;

/** {@linkcode ApiListenerSpec}. */
export type ListenerWish = Readonly<Fields<ApiListenerSpec>>;

/** {@linkcode ApiCertificateSpec}. */
export type CertificateWish = Readonly<Fields<ApiCertificateSpec>>;

/** Reads an ApiListenerSpec. @throws {Error} The bytes are none. */
export function listenerWish(bytes: Uint8Array): ListenerWish {
  const wish = { tlsAddress: "", httpAddress: "", token: "", connectionsMax: 0 };
  const hosts: string[] = [];
  readFields(bytes, {
    1: text((value) => wish.tlsAddress = value),
    2: text((value) => wish.httpAddress = value),
    3: text((value) => wish.token = value),
    4: text((value) => hosts.push(value)),
    5: [WireType.Varint, (reader) => void (wish.connectionsMax = reader.uint32())],
  });
  return { ...wish, hosts };
}

/** Reads an ApiCertificateSpec. @throws {Error} The bytes are none. */
export function certificateWish(bytes: Uint8Array): CertificateWish {
  const wish = { certificate: "", key: "", clientAuthorities: "" };
  readFields(bytes, {
    1: text((value) => wish.certificate = value),
    2: text((value) => wish.key = value),
    3: text((value) => wish.clientAuthorities = value),
  });
  return wish;
}

function text(take: (value: string) => void): FieldReader {
  return [WireType.LengthDelimited, (reader) => take(reader.string())];
}
