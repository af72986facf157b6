import { Conversion } from './conversion';
import { image } from './convert-stores';
import { call, lit, struct } from './program';
import { pullPolicy, resources } from './scalars';
import { StructBuilder } from './struct-builder';

/** Metrics and traces. */
export function convertTelemetry(conversion: Conversion): void {
  const { values, props } = conversion;
  const options = new Map(
    ['statsd_on', 'statsd_host', 'statsd_port', 'statsd_prefix'].map(
      option => [option, conversion.options.take(`metrics.${option}`)] as const,
    ),
  );
  const of = (option: string) => options.get(option)?.value;
  for (const found of options.values()) { if (found !== undefined) { conversion.line(found.key, 'prop', 'telemetry.metrics'); } }
  if (values.effective('otelCollector.metricsEnabled') === true) {
    collector(conversion);
  } else if (values.effective('statsd.enabled') === true) {
    exporter(conversion);
  } else if (/^true$/i.test(of('statsd_on') ?? '') && of('statsd_host') !== undefined) {
    props.builder.put('telemetry.metrics', call('Metrics.external', struct('ExternalMetricsOptions', {
      host: lit(of('statsd_host')!),
      port: of('statsd_port') === undefined ? undefined : lit(Number(of('statsd_port'))),
      prefix: of('statsd_prefix') === undefined ? undefined : lit(of('statsd_prefix')!),
    })));
  }
  if (values.effective('statsd.enabled') === false && values.has('statsd.enabled')) {
    conversion.line('statsd.enabled', 'prop', 'telemetry: no exporter, which is the default');
  }
  if (values.effective('otelCollector.tracesEnabled') === true) {
    conversion.line('otelCollector.tracesEnabled', 'decision', "the chart's collector writes traces to its own log only; "
      + 'set telemetry.traces: Traces.openTelemetry() to the collector that keeps them');
  }
}

function collector(conversion: Conversion): void {
  const builder = new StructBuilder();
  const target = { builder, label: 'telemetry.metrics: Metrics.collector().' };
  image(conversion, 'otelCollector', builder);
  conversion.take('otelCollector.resources', 'resources', resources, target);
  conversion.props.builder.put(
    'telemetry.metrics',
    call('Metrics.collector', builder.isEmpty ? undefined : builder.build('CollectorMetricsOptions')),
  );
  conversion.line('otelCollector.metricsEnabled', 'prop', 'telemetry.metrics: Metrics.collector()');
  for (const key of conversion.values.leaves().filter(leaf => leaf.startsWith('statsd.'))) {
    conversion.line(key, 'left out', 'the OpenTelemetry Collector has the metrics');
  }
}

function exporter(conversion: Conversion): void {
  const builder = new StructBuilder();
  const target = { builder, label: 'telemetry.metrics: Metrics.statsd().' };
  image(conversion, 'statsd', builder);
  conversion.take('images.statsd.pullPolicy', 'pullPolicy', pullPolicy, target);
  conversion.take('statsd.resources', 'resources', resources, target);
  conversion.props.builder.put(
    'telemetry.metrics',
    call('Metrics.statsd', builder.isEmpty ? undefined : builder.build('StatsdMetricsOptions')),
  );
}
