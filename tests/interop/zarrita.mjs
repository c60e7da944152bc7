// Reads and writes arrays with zarrita.js: one job a line on standard input, one answer a line on standard output.
// It is run as text in the folder where npm has put the packages, since that is where Node looks for them.
import { createInterface } from "node:readline";
import * as zarr from "zarrita";
import { FileSystemStore } from "@zarrita/storage";

// An unknown codec is rejected once more than anyone waits for it.
process.on("unhandledRejection", () => {});

const raw = (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64");

async function read({ path, zarrFormat }) {
  const open = zarrFormat === 3 ? zarr.open.v3 : zarr.open.v2;
  const array = await open(new FileSystemStore(path), { kind: "array" });
  const { data, shape, stride } = await zarr.get(array);
  const found = { shape, stride, attributes: array.attrs, names: array.dimensionNames };
  if (ArrayBuffer.isView(data)) return { ...found, base64: raw(data) };
  // Bits and fixed-length texts are views with other elements; texts of any length an array of strings.
  return { ...found, list: Array.from(data, (one) => (typeof one === "boolean" ? Number(one) : one)) };
}

async function write({ path, zarrFormat, create, shape, rows, base64 }) {
  const store = new FileSystemStore(path);
  const array = create
    ? await zarr.create(store, create)
    : await (zarrFormat === 3 ? zarr.open.v3 : zarr.open.v2)(store, { kind: "array" });
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  const like = (await array.getChunk(shape.map(() => 0))).data;
  const data = new like.constructor(bytes.buffer);
  await zarr.set(array, [zarr.slice(0, rows), null], { data, shape: [rows, shape[1]], stride: [shape[1], 1] });
  return {};
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  let answer;
  try {
    answer = await (job.write ? write : read)(job);
  } catch (error) {
    const messages = [];
    for (let one = error; one; one = one.cause) messages.push(`${one.name}: ${one.message}`);
    answer = { error: messages.join(" <- ") };
  }
  console.log(JSON.stringify(answer));
}
