/**
 * Copies an ONNX file and makes inner tensors graph outputs; weights and nodes stay byte for byte.
 *
 *     npx tsx models/training/add-outputs.ts nanodet_g_dyn.onnx models/nanodet-g/nanodet-g.onnx Concat_134:4
 *
 * The number after the colon is the tensor's rank; its sizes follow from the graph. Works on the protobuf wire format (onnx.proto3): ModelProto.graph is field 7, GraphProto.output field 12, and a
 * repeated field may be added to at the end of its message.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

const lengthDelimited = (field: number, content: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(content.length)]), content]);

function readVarint(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  for (let at = from, unit = 1; ; at++, unit *= 128) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error(`Expected a protobuf message, received a file that ends at byte ${at}.`);
    value += (byte % 128) * unit;
    if (byte < 128) return { value, next: at + 1 };
  }
}

/** Start and end of the fields of a message, in order. Groups (wire types 3 and 4) do not occur in ONNX. */
function* fields(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; ) {
    const key = readVarint(bytes, at);
    const wire = key.value % 8;
    const length = wire === 2 ? readVarint(bytes, key.next) : undefined;
    const content = length?.next ?? key.next;
    const end =
      length !== undefined
        ? content + length.value
        : wire === 0
          ? readVarint(bytes, content).next
          : content + (wire === 1 ? 8 : 4);
    yield { number: Math.floor(key.value / 8), start: at, content, end };
    at = end;
  }
}

/** ValueInfoProto { name, type: { tensor_type: { elem_type: FLOAT, shape: { dim: [{}, ...] } } } } */
function floatOutput(tensor: string): Uint8Array {
  const [name = '', rank = '0'] = tensor.split(':');
  const dimensions = Buffer.concat(Array.from({ length: Number(rank) }, () => lengthDelimited(1, new Uint8Array())));
  const type = lengthDelimited(1, Buffer.concat([Uint8Array.of(8, 1), lengthDelimited(2, dimensions)]));
  return lengthDelimited(
    12,
    Buffer.concat([lengthDelimited(1, new TextEncoder().encode(name)), lengthDelimited(2, type)]),
  );
}

const [source, target, ...tensors] = process.argv.slice(2);
if (source === undefined || target === undefined || tensors.length === 0) {
  throw new Error('Expected: add-outputs.ts SOURCE.onnx TARGET.onnx TENSOR:RANK...');
}
const model = new Uint8Array(readFileSync(source));
const outputs = Buffer.concat(tensors.map(floatOutput));
const copy = Buffer.concat(
  [...fields(model)].map(({ number, start, content, end }) =>
    number === 7
      ? lengthDelimited(7, Buffer.concat([model.subarray(content, end), outputs]))
      : model.subarray(start, end),
  ),
);
writeFileSync(target, copy);
console.log(`${target}: ${copy.length} bytes, SHA-256 ${createHash('sha256').update(copy).digest('hex')}`);
