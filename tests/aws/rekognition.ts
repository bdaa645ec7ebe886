/**
 * A stand-in for Amazon Rekognition: its protocol (AWS JSON 1.1: POST /, `X-Amz-Target: RekognitionService.<operation>`) with
 * answers the test writes. There is no Rekognition to run here, so it proves nothing about what the service can read: only that
 * what it may answer, and that it may not answer, is borne.
 */
import { createServer, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { onLoopback } from './loopback.ts';

const Question = z.object({ Image: z.object({ Bytes: z.base64() }) });

export interface Asked {
  readonly operation: string;
  readonly picture: Uint8Array;
  /** As it came: signed or not. */
  readonly authorization: string | undefined;
}

/** What one question is answered with. */
export type Answer = (response: ServerResponse, asked: Asked) => void;

export async function openRekognition() {
  const asked: Asked[] = [];
  let usual: Answer = answering({});
  const next: Answer[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const [service, operation = ''] = String(request.headers['x-amz-target']).split('.');
      const question = Question.safeParse(JSON.parse(Buffer.concat(chunks).toString()));
      const isJson = request.headers['content-type'] === 'application/x-amz-json-1.1';
      if (service !== 'RekognitionService' || !isJson || !question.success) {
        failing('SerializationException', 400)(response, { operation, picture: new Uint8Array(), authorization: '' });
        return;
      }
      const picture = Buffer.from(question.data.Image.Bytes, 'base64');
      const one = { operation, picture, authorization: request.headers.authorization };
      asked.push(one);
      (next.shift() ?? usual)(response, one);
    })();
  });
  const { url, close } = await onLoopback(server);
  return {
    url,
    /** Where the SDK finds it, and whom it signs as. */
    environment: {
      AWS_ENDPOINT_URL_REKOGNITION: url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    asked,
    /** From now on; those that were lined up come first. */
    answer(how: Answer) {
      usual = how;
    },
    first(...how: readonly Answer[]) {
      next.push(...how);
    },
    close,
  };
}
export type Rekognition = Awaited<ReturnType<typeof openRekognition>>;

const JSON_1_1 = { 'Content-Type': 'application/x-amz-json-1.1' };

export const answering =
  (body: object): Answer =>
  (response) =>
    void response.writeHead(200, JSON_1_1).end(JSON.stringify(body));

export const failing =
  (type: string, status: number): Answer =>
  (response) =>
    void response.writeHead(status, JSON_1_1).end(JSON.stringify({ __type: type, message: 'as the test says' }));

/** Takes the question and never answers. */
export const hanging: Answer = () => undefined;

/** Cuts the connection. */
export const breaking: Answer = (response) => void response.destroy();

/** 200 with what no Rekognition says. */
export const babbling =
  (body: string): Answer =>
  (response) =>
    void response.writeHead(200, JSON_1_1).end(body);

/** What DetectText answers for words on one level line, each after the other. */
export function textAnswer(...words: readonly string[]): object {
  const width = 0.8 / Math.max(1, words.length);
  const box = (left: number, right: number) => ({
    BoundingBox: { Left: left, Top: 0.3, Width: right - left, Height: 0.4 },
    Polygon: [
      { X: left, Y: 0.3 },
      { X: right, Y: 0.3 },
      { X: right, Y: 0.7 },
      { X: left, Y: 0.7 },
    ],
  });
  const line = { DetectedText: words.join(' '), Type: 'LINE', Id: 0, Confidence: 99.1, Geometry: box(0.1, 0.9) };
  return {
    TextModelVersion: '3.0',
    TextDetections: [
      ...(words.length === 0 ? [] : [line]),
      ...words.map((text, at) => ({
        ...{ DetectedText: text, Type: 'WORD', Id: at + 1, ParentId: 0, Confidence: 99.2 },
        Geometry: box(0.1 + at * width, 0.1 + (at + 0.95) * width),
      })),
    ],
  };
}

export const facesAnswer = (...boxes: readonly (readonly [number, number, number, number])[]): object => ({
  FaceDetails: boxes.map(([x0, y0, x1, y1]) => ({
    BoundingBox: { Left: x0, Top: y0, Width: x1 - x0, Height: y1 - y0 },
    Confidence: 99.9,
    Landmarks: [],
    Pose: { Roll: 0, Yaw: 0, Pitch: 0 },
    Quality: { Brightness: 80, Sharpness: 80 },
  })),
});
