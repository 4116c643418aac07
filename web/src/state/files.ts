const CONTOUR_FILE = /\.(json|roi)$/i;
const LABELS_FILE = /\.labels\.tiff?$/i;
const MOST_FILES = 8;
const MOST_BYTES = 32e6;
const TAIL = 65536;
const ENTRY = "PK\u0001\u0002";
const NAME_LENGTH_AT = 28;
const NAME_AT = 46;

/** Part files into a few requests: a large one goes alone, small ones together. */
export function batchesOf(files: File[]): File[][] {
  const batches: File[][] = [];
  let bytes = Infinity;
  for (const file of files) {
    const last = batches.at(-1);
    if (!last || last.length >= MOST_FILES || bytes + file.size > MOST_BYTES) {
      batches.push([file]);
      bytes = file.size;
    } else {
      last.push(file);
      bytes += file.size;
    }
  }
  return batches;
}

export const isZip = (file: File) => /\.zip$/i.test(file.name);

/** Does a file hold contours rather than scans? Of a zip this is told by the names that its directory lists. */
export async function holdsContours(file: File): Promise<boolean> {
  if (!isZip(file)) return isContours(file.name);
  const names = namesIn(new Uint8Array(await file.slice(-TAIL).arrayBuffer()));
  return names.length > 0 && names.every(isContours);
}

const isContours = (name: string) => CONTOUR_FILE.test(name) || LABELS_FILE.test(name);

/** Read the names of the files from the directory at the end of a zip; one that is too long is read in part. */
function namesIn(tail: Uint8Array): string[] {
  const text = Array.from(tail, (byte) => String.fromCharCode(byte)).join("");
  const names: string[] = [];
  for (let at = text.indexOf(ENTRY); at >= 0; at = text.indexOf(ENTRY, at + 1)) {
    const length = (tail[at + NAME_LENGTH_AT] ?? 0) + 256 * (tail[at + NAME_LENGTH_AT + 1] ?? 0);
    const name = text.slice(at + NAME_AT, at + NAME_AT + length);
    if (name && !name.endsWith("/")) names.push(name);
  }
  return names;
}
