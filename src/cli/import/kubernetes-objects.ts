import { parseAllDocuments } from 'yaml';
import { asObject, isObject, Json, JsonObject } from './json';

export interface ObjectName { readonly kind: string; readonly name: string }

export function nameOf(object: JsonObject): string { return String(asObject(object.metadata).name); }
export function labelsOf(object: JsonObject): JsonObject { return asObject(asObject(object.metadata).labels); }
export function annotationsOf(object: JsonObject): JsonObject { return asObject(asObject(object.metadata).annotations); }
export function objectName(object: JsonObject): ObjectName { return { kind: String(object.kind), name: nameOf(object) }; }

/** The objects of some YAML. */
export function documents(manifest: string): JsonObject[] {
  return parseAllDocuments(manifest, { version: '1.1' }).map(document => document.toJS() as Json).filter(isObject);
}
