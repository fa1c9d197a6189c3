/** A certificate for tests, its key and another key: made once, good for a hundred years, and known to nobody. */

/** `O=os:reader, CN=jo`. */
export const FAKE_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmjCCAT+gAwIBAgIUH832iW3Iccoss/WsqwNILaUxNPwwCgYIKoZIzj0EAwIw
ITESMBAGA1UECgwJb3M6cmVhZGVyMQswCQYDVQQDDAJqbzAgFw0yNjExMjExMTEx
MDlaGA8yMTI2MTAyODExMTEwOVowITESMBAGA1UECgwJb3M6cmVhZGVyMQswCQYD
VQQDDAJqbzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNN6JCIbkSqSpxt+otRq
BwaA5d4prOYHdC7rlepeEa2U2amwGF9rcjgp+nf+EhZaFwryxC5/s80CldxgmLFh
rGqjUzBRMB0GA1UdDgQWBBRqfxr/lPw2CS7c2ATP4bJf4Roz0jAfBgNVHSMEGDAW
gBRqfxr/lPw2CS7c2ATP4bJf4Roz0jAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49
BAMCA0kAMEYCIQCIRbz9SF8wqQ05ptqkFS7YZoALfDdjXb5mizgFtRTcUQIhAJB5
OMbZUfsNjWFMfkzZYmH3LVxg0FQnO1xJ/6L2XdBo
-----END CERTIFICATE-----
`;

/** The key of {@linkcode FAKE_CERTIFICATE}. */
export const FAKE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIkLyxxv6WMDeR50L
GSQAVJZk2iOPEYFa/qO9zIkcjO2hRANCAATTeiQiG5EqkqcbfqLUagcGgOXeKazm
B3Qu65XqXhGtlNmpsBhfa3I4Kfp3/hIWWhcK8sQuf7PNApXcYJixYaxq
-----END PRIVATE KEY-----
`;

/** A key of nothing here. */
export const OTHER_KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIDL5k3HcUMElmkx38BjcqhMN5ER2z+U7bvJr4fOjfGiW
-----END PRIVATE KEY-----
`;

/** As files of contexts have PEM. */
export function base64(pem: string): string {
  return new TextEncoder().encode(pem).toBase64();
}
