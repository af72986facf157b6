import { Expr, Maybe, Struct } from './program';

interface Slot { value?: Expr; inner?: StructBuilder; comments: string[] }

/** Collects members of a struct, also of structs within it. */
export class StructBuilder {
  /** A builder with the members of a struct that was built before. */
  private static of(expr: Maybe<Expr>): StructBuilder {
    const builder = new StructBuilder();
    if (expr?.kind === 'struct') { for (const { name, value, comments } of expr.members) { builder.put(name, value, comments); } }
    return builder;
  }

  private readonly slots = new Map<string, Slot>();

  /** @param path the member, or members within members: `pod.annotations` */
  public put(path: string, value: Expr, comments: readonly string[] = []): void {
    const [first, ...rest] = path.split('.');
    const slot = this.slot(first);
    if (rest.length === 0) {
      slot.value = value;
      slot.comments.push(...comments);
    } else {
      slot.inner ??= StructBuilder.of(slot.value);
      slot.value = undefined;
      slot.inner.put(rest.join('.'), value, comments);
    }
  }

  public has(path: string): boolean { return this.get(path) !== undefined; }

  public get(path: string): Maybe<Expr> {
    const [first, ...rest] = path.split('.');
    const slot = this.slots.get(first);
    return rest.length === 0 ? slot?.value ?? slot?.inner?.build() : slot?.inner?.get(rest.join('.'));
  }

  /** Adds comments to a member that exists. */
  public comment(member: string, comments: readonly string[]): void {
    const slot = this.slots.get(member);
    if (slot !== undefined) { slot.comments.unshift(...comments); }
  }

  public get isEmpty(): boolean { return this.slots.size === 0; }

  /** The members in the given order; those that it does not name come last. */
  public build(type?: string, order: readonly string[] = []): Struct {
    const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
    const names = [...this.slots.keys()].sort((a, b) => rank(a) - rank(b));
    const members = names.map(name => {
      const { value, inner, comments } = this.slots.get(name)!;
      return { name, value: value ?? inner!.build(), ...comments.length === 0 ? {} : { comments } };
    });
    return { kind: 'struct', type, members };
  }

  private slot(name: string): Slot {
    const slot = this.slots.get(name) ?? { comments: [] };
    this.slots.set(name, slot);
    return slot;
  }
}
