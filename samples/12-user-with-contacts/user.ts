import { randomUUID } from 'node:crypto';
import { Exclude, Expose, Type } from 'class-transformer';
import { Entity, Operation } from 'durable-entities';

/** A part of the state, with a method. It has no decorators, so all fields are stored. */
export class Contact {
  constructor(
    readonly name = '',
    readonly number = '',
  ) {}

  label(): string {
    return `${this.name} <${this.number}>`;
  }
}

/** Stores only the exposed fields. */
@Entity({ effects: 'none' })
@Exclude()
export class User {
  @Expose()
  name = '';

  @Expose({ name: 'year_of_birth' })
  yearOfBirth = 0;

  @Expose()
  @Type(() => Date)
  timestamp = new Date(0);

  /** Contacts by id. `@Type` names the class of the values, because an empty Map does not show it. */
  @Expose()
  @Type(() => Contact)
  contacts = new Map<string, Contact>();

  /** Not exposed: this field is in memory only, and has its initial value again when the entity is loaded. */
  operationsSinceLoaded = 0;

  @Operation()
  async introduce({ name, yearOfBirth }: { name: string; yearOfBirth: number }): Promise<void> {
    this.operationsSinceLoaded++;
    this.name = name;
    this.yearOfBirth = yearOfBirth;
  }

  /** `input` makes a Contact of the sent data, so that it has its methods. */
  @Operation({ input: Contact })
  async addContact(contact: Contact): Promise<string> {
    this.operationsSinceLoaded++;
    const id = randomUUID();
    this.contacts.set(id, contact);
    return `${contact.label()} added`;
  }

  @Operation()
  async seenAt(time: Date): Promise<void> {
    this.operationsSinceLoaded++;
    this.timestamp = time;
  }

  @Operation()
  async addressBook(): Promise<string[]> {
    return [...this.contacts.values()].map((contact) => contact.label()).sort();
  }

  @Operation()
  async daysSince(date: Date): Promise<number> {
    return (this.timestamp.getTime() - date.getTime()) / 86_400_000;
  }

  @Operation()
  async countSinceLoaded(): Promise<number> {
    return this.operationsSinceLoaded;
  }
}
