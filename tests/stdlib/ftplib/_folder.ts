/**
 * A folder for the files of one test.
 *
 * @module
 */

/** A folder that is gone at the end. */
export class Folder implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one. */
  static async make(): Promise<Folder> {
    return new Folder(await Deno.makeTempDir({ prefix: "ftplib-" }));
  }

  /** The path of a file in it. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file, perhaps as if at another time. */
  async write(name: string, text: string, modified?: Date): Promise<string> {
    await Deno.writeTextFile(this.at(name), text);
    if (modified) await Deno.utime(this.at(name), modified, modified);
    return this.at(name);
  }

  /** Reads a file. */
  read(name: string): Promise<string> {
    return Deno.readTextFile(this.at(name));
  }

  /** The names of all files. */
  async names(): Promise<string[]> {
    return (await Array.fromAsync(Deno.readDir(this.path), ({ name }) => name)).sort();
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
