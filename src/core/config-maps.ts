import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { ObjectNames } from './names';
import { ObjectMetadata } from '../kubernetes/pod-options';

type Data = () => { readonly [file: string]: string };

/** The ConfigMaps of an instance. Their texts are read at synthesis. Pods in other namespaces get copies with the same names. */
export class ConfigMaps {
  /** All ConfigMaps, including their copies in other namespaces. */
  public readonly all: ApiObject[] = [];
  private readonly originals: { readonly id: string; readonly name: string; readonly data: Data }[] = [];

  /** @param shared the labels and annotations of all ConfigMaps */
  constructor(private readonly scope: Construct, private readonly names: ObjectNames, private readonly shared: ObjectMetadata) {}

  public create(id: string, data: Data): ApiObject {
    const configMap = this.render(
      id,
      { ...this.names.metadata({ scope: this.scope, kind: 'ConfigMap', part: id }), ...this.shared },
      data,
    );
    this.originals.push({ id, name: configMap.name, data });
    return configMap;
  }

  public copyTo(namespace: string): void {
    for (const { id, name, data } of this.originals) { this.render(`${id}-${namespace}`, { name, namespace, ...this.shared }, data); }
  }

  private render(id: string, metadata: object, data: Data): ApiObject {
    const configMap = new ApiObject(this.scope, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: Lazy.any({ produce: data }) });
    this.all.push(configMap);
    return configMap;
  }
}
