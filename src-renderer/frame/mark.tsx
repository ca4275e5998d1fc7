/** The shield of this project, in the accent colour; `resources/icons/app.svg` draws the same. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="shrink-0 text-accent">
      <path
        d="M16 2.5 27 6.5v8.3c0 7-4.5 12-11 14.7-6.5-2.7-11-7.7-11-14.700V6.500Z"
        fill="currentColor"
        fillOpacity="0.15"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinejoin="round"
      />
      <path
        d="m11 21.5 5-12 5 12M12.9 17.500h6.2"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.25"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
