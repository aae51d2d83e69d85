/** Sparkline: the counts of the last intervals as bars. The words beside it tell the newest figure. */

const height = 28;
const step = 4;

export function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  let top = 1;
  for (const value of values) top = Math.max(top, value);
  const width = 60 * step;
  const first = 60 - values.length;
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {values.map((value, index) => {
        const tall = value === 0 ? 1 : Math.max(2, (value / top) * height);
        return (
          <rect key={index} x={(first + index) * step} y={height - tall} width={step - 1} height={tall} rx={0.5} />
        );
      })}
    </svg>
  );
}
