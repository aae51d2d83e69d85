/** Removes notifications, messages of type A, from what a server sends: as a pooler does that accepts LISTEN. */
export function withoutNotifications(data: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < data.length;) {
    const length = at + 5 <= data.length ? data.readUInt32BE(at + 1) + 1 : data.length;
    if (data[at] !== 'A'.charCodeAt(0)) kept.push(data.subarray(at, at + length));
    at += length;
  }
  return Buffer.concat(kept);
}
