import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectFolder } from '../lab/project.ts';
import { type AppliedPatch, applyPatches } from './apply.ts';

/** Who signs a series off, as `Name <address>`, and the date of its mails. */
export interface Sender {
  readonly signedOffBy: string;
  readonly date: Date;
}

/** A patch of the series as a mail in a file. */
export interface PatchMail {
  /** File name, such as `0001-ipvs-fill-services.patch`. */
  readonly name: string;
  readonly text: string;
}

const messagesFolder: string = join(projectFolder, 'test/kernel/ip_vs/messages');

function commitMessage(name: string): { subject: string; body: string } {
  const text = readFileSync(join(messagesFolder, `${name}.txt`), 'utf8');
  const figures = readFileSync(join(messagesFolder, 'figures.txt'), 'utf8').trimEnd();
  const [subject, ...body] = text.replace('@FIGURES@', figures).split('\n');
  return { subject: subject!, body: body.join('\n').trim() };
}

/** The unified diff of a patch's files, with the functions' names, from `a/` to `b/`. */
function unifiedDiff({ files }: AppliedPatch): string {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-series-'));
  try {
    return files
      .map(({ path, before, after }) => {
        for (const [side, text] of [
          ['a', before],
          ['b', after],
        ] as const) {
          mkdirSync(dirname(join(folder, side, path)), { recursive: true });
          writeFileSync(join(folder, side, path), text);
        }
        const labels = ['--label', `a/${path}`, '--label', `b/${path}`];
        const { stdout, stderr, status } = spawnSync('diff', ['-up', ...labels, `a/${path}`, `b/${path}`], {
          cwd: folder,
          encoding: 'utf8',
        });
        if (status !== 1) throw new Error(`diff ended with ${status}: ${stderr}`);
        return `diff --git a/${path} b/${path}\n${stdout}`;
      })
      .join('');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mailDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

function fileName(number: number, subject: string): string {
  const slug = subject.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/-$/, '');
  return `${String(number).padStart(4, '0')}-${slug.slice(0, 52)}.patch`;
}

/**
 * The change as a series of patches for a kernel's tree, with a cover letter, in the form that `git am` takes.
 *
 * @param tree root of a kernel's source, which is only read
 * @throws Error as applyPatches does
 */
export function patchSeries(tree: string, { signedOffBy, date }: Sender): PatchMail[] {
  const patches = applyPatches(tree);
  const mail = (number: number, subject: string, body: string): PatchMail => ({
    name: fileName(number, number === 0 ? 'cover-letter' : subject),
    text:
      `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001\nFrom: ${signedOffBy}\nDate: ${mailDate(date)}\n` +
      `Subject: [PATCH nf-next ${number}/${patches.length}] ${subject}\n\n${body}-- \n\n`,
  });
  const cover = commitMessage('cover-letter');
  return [
    mail(0, cover.subject, `${cover.body}\n`),
    ...patches.map((patch, index) => {
      const { subject, body } = commitMessage(patch.name);
      const signed = `${body}\n\nSigned-off-by: ${signedOffBy}\n---\n`;
      return mail(index + 1, subject, `${signed}${unifiedDiff(patch)}`);
    }),
  ];
}
