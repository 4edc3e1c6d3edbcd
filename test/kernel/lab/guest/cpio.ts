import { createReadStream, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** One member of an archive: content given here, or taken from a file of the host. */
export type ArchiveMember =
  | { readonly kind: 'folder' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'content'; readonly content: string | Uint8Array; readonly mode: number }
  | { readonly kind: 'file'; readonly source: string };

const folderType = 0o040000;
const linkType = 0o120000;
const fileType = 0o100000;

function header(inode: number, mode: number, size: number, path: string): Buffer {
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return padded(Buffer.concat([Buffer.from(text), name]));
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

async function writeFileMember(out: FileHandle, inode: number, path: string, source: string): Promise<void> {
  const stats: Stats = await lstat(source);
  if (stats.isSymbolicLink()) {
    const target = Buffer.from(await readlink(source));
    await out.appendFile(header(inode, linkType | 0o777, target.length, path));
    await out.appendFile(padded(target));
    return;
  }
  await out.appendFile(header(inode, fileType | (stats.mode & 0o777), stats.size, path));
  for await (const chunk of createReadStream(source, { highWaterMark: 1 << 20 })) await out.appendFile(chunk);
  await out.appendFile(Buffer.alloc(-stats.size & 3));
}

/**
 * Writes a cpio archive in the "newc" format, which the kernel unpacks as its first root file system.
 *
 * Paths are absolute; missing parent folders are added. Everything belongs to root, times are 0, and neither a
 * staging folder nor any privilege is needed.
 */
export async function writeCpio(file: string, members: ReadonlyMap<string, ArchiveMember>): Promise<void> {
  const all = new Map<string, ArchiveMember>();
  const addFolder = (path: string): void => {
    if (path === '/' || path === '.' || all.has(path)) return;
    addFolder(dirname(path));
    all.set(path, { kind: 'folder' });
  };
  for (const [path, member] of members) {
    addFolder(dirname(path));
    all.set(path, member);
  }
  const out = await open(file, 'w');
  try {
    let inode = 1;
    for (const [absolute, member] of all) {
      const path = absolute.slice(1);
      if (member.kind === 'folder') await out.appendFile(header(inode, folderType | 0o755, 0, path));
      else if (member.kind === 'file') await writeFileMember(out, inode, path, member.source);
      else {
        const bytes = Buffer.from(member.kind === 'link' ? member.target : member.content);
        const mode = member.kind === 'link' ? linkType | 0o777 : fileType | member.mode;
        await out.appendFile(header(inode, mode, bytes.length, path));
        await out.appendFile(padded(bytes));
      }
      inode++;
    }
    await out.appendFile(header(0, 0, 0, 'TRAILER!!!'));
  } finally {
    await out.close();
  }
}
