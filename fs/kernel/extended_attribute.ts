/** Extended attributes of files, as xattr(7) has them, and how much is told of them. */

/** One attribute. */
export interface ExtendedAttribute {
  /** With its namespace, such as `security.selinux`; what is not UTF-8 in it becomes U+FFFD. */
  readonly name: string;
  /** At most 64 KiB. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The label SELinux gives a file. It is asked for by name and comes first: some file systems have it and list nothing. */
export const LABEL_ATTRIBUTE = "security.selinux";

/**
 * Bytes of names and values told of one file; the first attribute that does not fit and those after it are left out. ext4
 * holds a block of them, XFS thousands of 64 KiB: this many fit into one message of the wire (4 MiB), in base64 too.
 */
export const ATTRIBUTES_BYTES_MAX = 1 << 20;
