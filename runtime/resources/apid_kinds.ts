/** Names of what the network face is told, for who reads it without descriptors. */

/** The one resource of each kind that is looked at. */
export const API_ID = "api";

/** Its namespace. */
const NAMESPACE = "runtime";

/** Wanted: the machine's certificate and the authorities of its callers. */
export const API_CERTIFICATE_KIND = Object.freeze({
  namespace: NAMESPACE,
  type: "ApiCertificates.runtime.strata",
});

/** Wanted: listeners, and the token of callers in clear. */
export const API_LISTENER_KIND = Object.freeze({
  namespace: NAMESPACE,
  type: "ApiListeners.runtime.strata",
});
