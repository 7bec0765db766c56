// Decoded pictures, the last few kept and the neighbours fetched ahead.

const KEPT = 6;

export class Pictures {
  constructor() {
    this.kept = new Map(); // address -> promise of an ImageBitmap
  }

  get(address) {
    let picture = this.kept.get(address);
    this.kept.delete(address);
    picture ??= load(address);
    this.kept.set(address, picture);
    picture.catch(() => this.kept.delete(address));
    while (this.kept.size > KEPT) {
      const [oldest, old] = this.kept.entries().next().value;
      this.kept.delete(oldest);
      old.then((bitmap) => bitmap.close(), () => {});
    }
    return picture;
  }
}

async function load(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(await problemOf(answer));
  return createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
}

export async function problemOf(answer) {
  const text = await answer.text();
  try {
    const said = JSON.parse(text);
    return said.problem ?? JSON.stringify(said.detail ?? said);
  } catch {
    return text || `the server answered ${answer.status}`;
  }
}
