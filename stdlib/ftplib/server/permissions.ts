/**
 * What a user may do, and where: sets of permissions by directory, in words for
 * the letters that other servers have (`elradfmwMT` of pyftpdlib).
 *
 * @module
 */

/** Something that a user may do below a directory. */
export type FTPPermission =
  /** See what is there: LIST, NLST, MLSD, MLST, SIZE, MDTM, STAT. */
  | "list"
  /** Fetch files: RETR, and their checksums. */
  | "read"
  /** Bring files, and replace those that are there: STOR, STOU. */
  | "write"
  /** Go on with files that are there: APPE. */
  | "append"
  /** Remove files: DELE. */
  | "delete"
  /** Move files and directories: RNFR and RNTO, on both sides. */
  | "rename"
  /** Make directories: MKD. */
  | "makeDirectory"
  /** Remove directories: RMD. */
  | "removeDirectory"
  /** Set times and modes: MFMT, MFF, SITE CHMOD, SITE UTIME. */
  | "attributes";

/**
 * What a user may do: everywhere, or by directory. Of several directories, the
 * deepest above a path counts, and that alone; without any, nothing is allowed.
 */
export type FTPPermissions =
  | readonly FTPPermission[]
  | Readonly<Record<string, readonly FTPPermission[]>>;

/** All there are. */
export const ALL_PERMISSIONS: readonly FTPPermission[] = [
  "list",
  "read",
  "write",
  "append",
  "delete",
  "rename",
  "makeDirectory",
  "removeDirectory",
  "attributes",
];

/** What `readonly` leaves. */
export const READ_PERMISSIONS: readonly FTPPermission[] = ["list", "read"];

interface Place {
  readonly path: string;
  readonly granted: ReadonlySet<FTPPermission>;
}

/** What one user may do. */
export class Rights {
  /** The deepest first. */
  readonly #places: readonly Place[];

  /**
   * Reads permissions.
   *
   * @param permissions What is granted, and where.
   * @throws {TypeError} If there is no such permission, or a directory is no absolute path.
   */
  constructor(permissions: FTPPermissions) {
    const byPath: Readonly<Record<string, readonly FTPPermission[]>> = isList(permissions)
      ? { "/": permissions }
      : permissions;
    this.#places = Object.entries(byPath)
      .map(([path, granted]) => ({ path: plain(path), granted: new Set(granted.map(checked)) }))
      .sort((a, b) => b.path.length - a.path.length);
  }

  /**
   * Whether something is allowed.
   *
   * @param permission What.
   * @param path Where: an absolute path, normalised.
   */
  may(permission: FTPPermission, path: string): boolean {
    return this.#places.find((place) => isWithin(path, place.path))?.granted.has(permission) ??
      false;
  }

  /**
   * Whether a directory may be entered: something is allowed in it, or further below.
   *
   * @param path An absolute path, normalised.
   */
  mayEnter(path: string): boolean {
    const here = this.#places.find((place) => isWithin(path, place.path));
    if (here && here.granted.size > 0) return true;
    return this.#places.some((place) => place.granted.size > 0 && isWithin(place.path, path));
  }
}

function isList(permissions: FTPPermissions): permissions is readonly FTPPermission[] {
  return Array.isArray(permissions);
}

function isWithin(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

function plain(path: string): string {
  const names = path.split("/").filter((name) => name !== "");
  if (!path.startsWith("/") || names.includes(".") || names.includes("..")) {
    throw new TypeError(
      `Cannot grant permissions for ${
        JSON.stringify(path)
      }: need an absolute path without . and ..`,
    );
  }
  return `/${names.join("/")}`;
}

function checked(permission: FTPPermission): FTPPermission {
  if (ALL_PERMISSIONS.includes(permission)) return permission;
  throw new TypeError(
    `Cannot grant ${JSON.stringify(permission)}: need one of ${ALL_PERMISSIONS.join(", ")}`,
  );
}
