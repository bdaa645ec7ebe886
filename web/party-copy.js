/** What lies in a copy: a ZIP whose entries are stored as they are, as our own program writes it. */

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** @returns the files by their path in the copy's folder */
export function unzipStored(buffer) {
  const view = new DataView(buffer);
  const end = buffer.byteLength - 22;
  if (end < 0 || view.getUint32(end, true) !== END) throw new Error('not a copy');
  const files = new Map();
  let at = view.getUint32(end + 16, true);
  for (let count = view.getUint16(end + 10, true); count > 0; count--) {
    if (view.getUint32(at, true) !== ENTRY) throw new Error('not a copy');
    const [length, nameLength] = [view.getUint32(at + 24, true), view.getUint16(at + 28, true)];
    const name = new TextDecoder().decode(new Uint8Array(buffer, at + 46, nameLength));
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    files.set(name.slice(name.indexOf('/') + 1), new Uint8Array(buffer, start, length));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return files;
}

/** Overview first, then the views in their order, then the plates: as the sheet shows them. */
export function picturesOf(files) {
  const manifest = JSON.parse(new TextDecoder().decode(files.get('data/manifest.json')));
  const rank = { overview: 0, view: 1, plate: 2 };
  return manifest.items
    .filter(({ role }) => role in rank)
    .sort((a, b) => rank[a.role] - rank[b.role] || (a.path < b.path ? -1 : 1))
    .map(({ path, proves }) => ({ path, proves, bytes: files.get(path) }));
}
