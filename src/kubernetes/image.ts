import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { failure } from './validate';

/** The path of an image name is lowercase. Only a registry host, which has a dot or a port, may have capitals. */
const NAME = String.raw`(?:(?=localhost/|[^/]*[.:])[a-zA-Z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*`;
export const REFERENCE = new RegExp(String.raw`^${NAME}(?::(\w[\w.-]{0,127}))?(@sha256:[0-9a-f]{64})?$`);
/**
 * Pull options that every image prop shares.
 */
export interface ImageOptions {
  /**
   * When the kubelet pulls the image.
   *
   * @default ImagePullPolicy.IF_NOT_PRESENT
   */
  readonly pullPolicy?: kplus.ImagePullPolicy;
}
/** Throws unless the text is an image reference with a digest, or with a tag other than `latest`. */
export function checkPinned(prop: string, reference: string, scope?: Construct): void {
  const fail = (message: string) => failure(scope, message);
  const match = REFERENCE.exec(reference);
  if (match === null) {
    throw fail(`'${prop}' must be the reference of an image like registry.example.com/data/airflow:3.3.2-7, its path in lowercase, `
      + `got '${reference}'`);
  }
  const [, tag, digest] = match;
  if (digest === undefined && (tag ?? 'latest') === 'latest') {
    throw fail(`'${prop}' must be an image with a tag other than 'latest' or with a sha256 digest, got '${reference}'`);
  }
}
