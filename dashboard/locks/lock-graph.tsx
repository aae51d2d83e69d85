/** Graph of locks: holders on the left, locked entities in the middle, and those who wait on the right. */
import { Graph, layout } from '@dagrejs/dagre';
import { entityAddress, runAddress } from '../routing/route.js';
import { plural, shown } from '../ui/text.js';
import type { Lock } from '../api/answers.js';

interface Node {
  readonly id: string;
  readonly kind: 'entity' | 'run' | 'more';
  readonly title: string;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'holds' | 'waits';
}

const node = { width: 168, height: 32 };
const titleMax = 21;
const waitersMax = 5;

export function LockGraph({ locks }: { readonly locks: readonly Lock[] }) {
  const { nodes, edges } = partsOf(locks);
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 76, marginx: 12, marginy: 12 });
  for (const { id } of nodes) graph.setNode(id, { ...node });
  for (const { from, to, kind } of edges) graph.setEdge(from, to, { kind });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number };
  return (
    <div class="graph-frame" tabIndex={0} role="group" aria-label="Graph of locks. The table has the same data.">
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} class="graph">
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path d="M0 0.8L7 4 0 7.2z" />
          </marker>
        </defs>
        {edges.map((edge) => (
          <EdgeLine key={`${edge.from} ${edge.to}`} edge={edge} points={pointsOf(graph, edge)} />
        ))}
        {nodes.map((one) => (
          <NodeBox key={one.id} {...one} at={graph.node(one.id) as Place} />
        ))}
      </svg>
    </div>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** From the right side of a node to the left side of the other, through the places that the layout keeps free between distant ranks. */
function pointsOf(graph: Graph, { from, to }: Edge): readonly Place[] {
  const { points = [] } = graph.edge(from, to) as { readonly points?: readonly Place[] };
  const [start, end] = [graph.node(from) as Place, graph.node(to) as Place];
  const between = points.slice(1, -1);
  return [
    { x: start.x + node.width / 2, y: start.y },
    ...(between.length > 1 ? between : []),
    { x: end.x - node.width / 2, y: end.y },
  ];
}

/** A curve that leaves and enters each point horizontally. */
function curve(points: readonly Place[]): string {
  return points
    .map(({ x, y }, index) => {
      const before = points[index - 1];
      if (before === undefined) return `M${x.toFixed(1)} ${y.toFixed(1)}`;
      const middle = ((before.x + x) / 2).toFixed(1);
      return `C${middle} ${before.y.toFixed(1)} ${middle} ${y.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

/** Each run is one node, however many locks it holds or waits for. The edge `holds` leads to the entity, `waits` away from it. */
function partsOf(locks: readonly Lock[]): { readonly nodes: readonly Node[]; readonly edges: readonly Edge[] } {
  const nodes = new Map<string, Node>();
  const edges: Edge[] = [];
  const add = (kind: Node['kind'], id: string, title: string) => {
    const key = `${kind} ${id}`;
    nodes.set(key, { id: key, kind, title });
    return key;
  };
  for (const { entityId, instanceId, waiters, waiterCount } of locks) {
    const entity = add('entity', entityId, entityId);
    edges.push({ from: add('run', instanceId, instanceId), to: entity, kind: 'holds' });
    const named = waiters.slice(0, waitersMax);
    for (const waiter of named)
      edges.push({ from: entity, to: add('run', waiter.instanceId, waiter.instanceId), kind: 'waits' });
    const others = waiterCount - named.length;
    if (others > 0) edges.push({ from: entity, to: add('more', entityId, plural(others, 'other')), kind: 'waits' });
  }
  return { nodes: [...nodes.values()], edges };
}

function EdgeLine({ edge: { kind }, points }: { readonly edge: Edge; readonly points: readonly Place[] }) {
  const [start, end] = [points[0], points.at(-1)];
  if (start === undefined || end === undefined) return null;
  return (
    <g class={`edge is-${kind}`}>
      <path
        d={curve(points)}
        {...(kind === 'holds' ? { 'marker-end': 'url(#arrow)' } : { 'marker-start': 'url(#arrow)' })}
      />
      <text
        x={kind === 'holds' ? end.x - 14 : start.x + 14}
        y={(kind === 'holds' ? end.y : start.y) - 6}
        text-anchor={kind === 'holds' ? 'end' : 'start'}
      >
        {kind}
      </text>
    </g>
  );
}

function NodeBox({ id, kind, title, at: { x, y } }: Node & { readonly at: Place }) {
  const href = kind === 'run' ? runAddress(title) : entityAddress(id.slice(id.indexOf(' ') + 1));
  return (
    <a href={href} class={`graph-node is-${kind}`}>
      <title>{shown(title)}</title>
      <rect
        x={x - node.width / 2}
        y={y - node.height / 2}
        width={node.width}
        height={node.height}
        rx={kind === 'entity' ? 6 : 17}
      />
      <text x={x} y={y + 4} text-anchor="middle">
        {shown(title, titleMax)}
      </text>
    </a>
  );
}
