/** What the process is told that serves the machine's API to the network. Declarations only. */
import {
  ApiCertificateSpecSchema,
  ApiListenerSpecSchema,
} from "../../proto/gen/strata/apid/v1/apid_pb.ts";
import { defineResource } from "../core/definition.ts";
import { API_CERTIFICATE_KIND, API_LISTENER_KIND } from "./apid_kinds.ts";

/** Of {@linkcode API_CERTIFICATE_KIND}. */
export const apiCertificate = defineResource({
  ...API_CERTIFICATE_KIND,
  descriptor: ApiCertificateSpecSchema,
  sensitivity: "sensitive",
});

/** Of {@linkcode API_LISTENER_KIND}. */
export const apiListener = defineResource({
  ...API_LISTENER_KIND,
  descriptor: ApiListenerSpecSchema,
  sensitivity: "sensitive",
  printColumns: [
    { name: "TLS", jsonPath: "{.tlsAddress}" },
    { name: "HTTP", jsonPath: "{.httpAddress}" },
  ],
});
