/** Curves as a small SVG. The vertical axis is the cost from 0, the horizontal axis the size by powers of ten. */

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const [width, height] = [640, 300];
const margin = { left: 60, right: 20, top: 40, bottom: 60 };
const colours = ['#1f6feb', '#bc4c00', '#1a7f37', '#8250df'];

export function chart(title: string, xTitle: string, yTitle: string, series: readonly Series[]): string {
  const all = series.flatMap(({ points }) => points);
  const [xMin, xMax] = [Math.min(...all.map(([x]) => x)), Math.max(...all.map(([x]) => x))];
  const yStep = niceStep(Math.max(...all.map(([, y]) => y)));
  const yMax = Math.ceil(Math.max(...all.map(([, y]) => y)) / yStep) * yStep;
  const toRight = (x: number) =>
    margin.left + (Math.log(x / xMin) / Math.log(xMax / xMin || 10)) * (width - margin.left - margin.right);
  const upwards = (y: number) => height - margin.bottom - (y / yMax) * (height - margin.top - margin.bottom);

  const parts: string[] = [text(width / 2, 20, title, 'middle', 14)];
  for (let y = 0; y <= yMax + yStep / 2; y += yStep) {
    const at = upwards(y).toFixed(1);
    parts.push(`<path d="M${margin.left} ${at}H${width - margin.right}" stroke="#d0d7de"/>`);
    parts.push(text(margin.left - 6, upwards(y) + 4, y.toLocaleString('en-US'), 'end'));
  }
  for (let x = xMin; x <= xMax; x *= 10) {
    parts.push(text(toRight(x), height - margin.bottom + 16, x.toLocaleString('en-US'), 'middle'));
  }
  parts.push(text(width / 2, height - margin.bottom + 34, xTitle, 'middle'));
  parts.push(text(margin.left - 50, margin.top - 8, yTitle, 'start'));
  for (const [i, { name, points }] of series.entries()) {
    const colour = colours[i % colours.length] as string;
    const path = points.map(([x, y]) => `${toRight(x).toFixed(1)},${upwards(y).toFixed(1)}`).join(' ');
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [x, y] of points) {
      parts.push(`<circle cx="${toRight(x).toFixed(1)}" cy="${upwards(y).toFixed(1)}" r="3" fill="${colour}"/>`);
    }
    const left = margin.left + (i * (width - margin.left)) / series.length;
    parts.push(`<path d="M${left.toFixed(0)} ${height - 12}h20" stroke="${colour}" stroke-width="2"/>`);
    parts.push(text(left + 26, height - 8, name, 'start'));
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" fill="#57606a">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** The step of the axis: 1, 2 or 5 times a power of ten. About five steps reach the value. */
function niceStep(max: number): number {
  const power = 10 ** Math.floor(Math.log10(max / 5));
  return power * ([1, 2, 5, 10].find((step) => step * power * 5 >= max) as number);
}

function text(x: number, y: number, shown: string, anchor: 'start' | 'middle' | 'end', size = 11): string {
  const at = `x="${x.toFixed(1)}" y="${y.toFixed(1)}"`;
  return `<text ${at} text-anchor="${anchor}" font-size="${size}">${shown.replaceAll('<', '&lt;')}</text>`;
}
