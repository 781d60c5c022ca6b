const QUIET = "hsl(var(--muted-foreground))";
const LINE = "1px solid hsl(var(--border))";
const GOOD = "hsl(var(--primary))";
const BAD = "hsl(var(--destructive))";
const BADGES = { Bought: GOOD, Sold: "hsl(var(--card-foreground))" };

const FIRST = 2;

const list = (value) => (Array.isArray(value) ? value : []);

function Part({ title, children }) {
  return (
    <section style={{ borderTop: LINE, padding: "0.625rem 0" }}>
      <h4 style={{ color: QUIET, fontSize: "0.75rem", fontWeight: 600, margin: "0 0 0.375rem" }}>{title}</h4>
      {children}
    </section>
  );
}

function Weights({ steps }) {
  return (
    <div style={{ display: "grid", gridTemplateColumns: "repeat(3, minmax(0, 1fr))", gap: "0.75rem" }}>
      {steps.map((step) => (
        <div key={step.label}>
          <div style={{ color: QUIET, fontSize: "0.75rem" }}>{step.label}</div>
          <div style={{ fontWeight: 600 }}>{step.value}</div>
          <div style={{ background: "hsl(var(--muted))", borderRadius: 3, height: 6, marginTop: 4 }}>
            <div style={{ background: GOOD, borderRadius: 3, height: 6, width: `${step.length}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}

function Bar({ places }) {
  const known = places && [places.low, places.middle, places.high].every((place) => Number.isFinite(place));
  return (
    <div style={{ background: "hsl(var(--muted))", borderRadius: 4, height: 10, position: "relative" }} aria-hidden="true">
      <div style={{ borderLeft: `1px dashed ${QUIET}`, height: 16, left: "50%", position: "absolute", top: -3 }} />
      {known && (
        <div
          style={{
            background: GOOD,
            borderRadius: 4,
            height: 10,
            left: `${places.low}%`,
            opacity: 0.45,
            position: "absolute",
            width: `${Math.max(places.high - places.low, 1)}%`,
          }}
        />
      )}
      {known && (
        <div
          style={{
            background: "hsl(var(--card-foreground))",
            borderRadius: 5,
            height: 10,
            left: `calc(${places.middle}% - 5px)`,
            position: "absolute",
            width: 10,
          }}
        />
      )}
    </div>
  );
}

function Forecast({ forecast }) {
  return (
    <div style={{ marginBottom: "0.625rem" }}>
      <div style={{ display: "flex", flexWrap: "wrap", gap: "0 0.75rem", justifyContent: "space-between" }}>
        <span>
          <b>{forecast.forecaster}</b> <span style={{ color: QUIET }}>{forecast.horizon}</span>
        </span>
        <span>
          <b>{forecast.expected}</b> <span style={{ color: QUIET }}>({forecast.between})</span>
        </span>
      </div>
      <div style={{ margin: "0.3rem 0" }}>
        <Bar places={forecast.places} />
      </div>
      <div style={{ color: QUIET, fontSize: "0.75rem" }}>
        {forecast.probability} to beat the average, rank {forecast.rank}; {forecast.record}
      </div>
    </div>
  );
}

function Reason({ reason }) {
  return (
    <div style={{ borderLeft: `3px solid ${reason.up ? GOOD : BAD}`, margin: "0 0 0.25rem", paddingLeft: "0.5rem" }}>
      {reason.said}
    </div>
  );
}

function Behind({ behind }) {
  const lines = list(behind.lines);
  const more = lines.slice(FIRST);
  return (
    <Part title={behind.title}>
      {behind.missing && <div style={{ color: QUIET }}>{behind.missing}</div>}
      {lines.slice(0, FIRST).map((reason, at) => (
        <Reason key={at} reason={reason} />
      ))}
      {lines.length > 0 && (
        <details>
          <summary style={{ color: QUIET, cursor: "pointer", fontSize: "0.75rem", padding: "0.25rem 0" }}>
            {more.length > 0 ? `${more.length} more, and how they add up` : "How they add up"}
          </summary>
          {more.map((reason, at) => (
            <Reason key={at} reason={reason} />
          ))}
          <div style={{ color: QUIET, fontSize: "0.75rem" }}>{behind.sum}</div>
          <div style={{ color: QUIET, fontSize: "0.75rem" }}>{behind.source}</div>
        </details>
      )}
    </Part>
  );
}

function Trade({ trade }) {
  return (
    <div style={{ border: LINE, borderRadius: 8, padding: "0.375rem 0.5rem" }}>
      <div style={{ display: "flex", gap: "0.5rem", justifyContent: "space-between" }}>
        <b>{trade.ticker}</b>
        <b style={{ color: trade.won ? GOOD : BAD }}>{trade.returned}</b>
      </div>
      <div style={{ color: QUIET, fontSize: "0.75rem" }}>{trade.opened}</div>
      <div style={{ color: QUIET, fontSize: "0.75rem" }}>{trade.held}</div>
    </div>
  );
}

function Role({ role }) {
  return (
    <div style={{ margin: "0 0 0.375rem" }}>
      <b>{role.role}</b>
      {role.figure && <span style={{ color: QUIET }}> {role.figure}</span>}
      <div>{role.said}</div>
    </div>
  );
}

export default function DecisionCard() {
  const badge = BADGES[props.outcome] || QUIET;
  return (
    <article
      data-card="decision"
      style={{
        background: "hsl(var(--card))",
        border: LINE,
        borderRadius: 12,
        color: "hsl(var(--card-foreground))",
        fontSize: "0.875rem",
        fontVariantNumeric: "tabular-nums",
        lineHeight: 1.45,
        maxWidth: 640,
        overflowWrap: "anywhere",
        padding: "0.75rem 0.875rem",
        width: "100%",
      }}
    >
      <header style={{ display: "flex", flexWrap: "wrap", gap: "0.25rem 0.75rem", alignItems: "baseline" }}>
        <b style={{ fontSize: "1.125rem" }}>{props.ticker}</b>
        <span style={{ color: QUIET }}>{props.name}</span>
        <span
          style={{
            border: `1px solid ${badge}`,
            borderRadius: 999,
            color: badge,
            fontSize: "0.75rem",
            fontWeight: 600,
            marginLeft: "auto",
            padding: "0.0625rem 0.5rem",
          }}
        >
          {props.outcome}
        </span>
      </header>
      <p style={{ margin: "0.375rem 0 0.625rem" }}>{props.sentence}</p>
      <Part title={`Weight, decision of ${props.session}`}>
        <Weights steps={list(props.weights)} />
      </Part>
      {list(props.forecasts).length > 0 && (
        <Part title="Forecasts">
          {list(props.forecasts).map((forecast, at) => (
            <Forecast key={at} forecast={forecast} />
          ))}
          <div style={{ color: QUIET, fontSize: "0.75rem" }}>{props.scale}</div>
        </Part>
      )}
      {props.behind && <Behind behind={props.behind} />}
      <Part title="Similar past trades">
        <div style={{ marginBottom: "0.375rem" }}>{props.similar_said}</div>
        <div style={{ display: "grid", gap: "0.5rem", gridTemplateColumns: "repeat(auto-fill, minmax(7.25rem, 1fr))" }}>
          {list(props.similar).map((trade, at) => (
            <Trade key={at} trade={trade} />
          ))}
        </div>
      </Part>
      {list(props.clamps).length > 0 && (
        <Part title="Cut by">
          {list(props.clamps).map((clamp, at) => (
            <div key={at} style={{ margin: "0 0 0.25rem" }}>
              <b>{clamp.limit}</b> {clamp.change}
              <div style={{ color: QUIET, fontSize: "0.75rem" }}>{clamp.reason}</div>
            </div>
          ))}
        </Part>
      )}
      {list(props.orders).length > 0 && (
        <Part title="Orders and fills">
          {list(props.orders).map((order, at) => (
            <div key={at}>{order}</div>
          ))}
        </Part>
      )}
      {list(props.roles).length > 0 && (
        <Part title={props.speaker ? `The committee (${props.speaker})` : "The committee"}>
          {list(props.roles).map((role, at) => (
            <Role key={at} role={role} />
          ))}
        </Part>
      )}
      {props.more && <div style={{ color: QUIET, fontSize: "0.75rem" }}>{props.more}</div>}
    </article>
  );
}
