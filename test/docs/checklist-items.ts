/** What Durable Entities promise, one line per behaviour, in our words. Tests name the number: `S98`. */
const text = `
Identity
1 An entity id is a pair of name and key: an immutable value with equals, text and JSON forms.
2 The name must be that of a registered entity.
3 Names are compared without regard to case.
4 Keys are any text, unique within a name, compared exactly.
5 The text form is @name@key; keys may contain @, names may not.
6 The empty key is a key.
7 A missing id, name or operation name is an error where it is written.
8 One id is one entity; two ids never share state.
9 Orchestration ids cannot be mistaken for entity ids.
Operations and messages
10 A message is a target, an operation, at most one input and a time.
11 The application chooses the names of operations.
12 The input is copied when it is sent; 0, false, the empty text and null arrive as they are.
13 A scheduled message comes when it is due, after restarts too, never before.
14 An operation ends in a result or an error, and the caller sees just that.
15 An operation may create, read, change and delete the state.
16 An operation may do I/O and await it.
17 Operations of one entity run one after another, across awaits.
18 A result becomes visible when the state behind it is committed.
19 Messages are delivered however the target is at that moment: new, unloaded, locked, restarting.
20 Messages of one sender to one target keep their order.
21 A message takes effect on state exactly once.
22 Nothing runs user code besides messages.
23 There may be very many entities; an idle one costs a row.
24 A call waits for as long as it takes.
Two ways to define, one engine
25 An entity may be a function that sees the operation's name.
26 An entity may be a class whose methods are its operations.
27 The class layer stands on the public context alone.
28 Both may be mixed, and nobody outside can tell which serves an id.
29 A function may serve operations that nobody knew at compile time.
30 Wrong names and arguments of a class entity do not compile.
31 An entity is registered under a name.
32 The return value of a handler is the result; the context is all it needs (the isolated dispatcher's operation object).
33 A state that was never set reads as missing.
34 Setting the state to null deletes it.
35 An operation may return the new state, or nothing.
36 A base class with this.state, its initial value, and injected services.
37 Dispatch takes a class or an object of it.
The context of an operation
38 entityName
39 entityKey
40 entityId
41 operationName, as it was sent
42 getInput, the same each time; what cannot be read is the caller's error
43 return sets the result, the last one wins, and changes no state
44 hasState follows what the operation does
45 getState creates the state by its initialiser, and nothing without one
46 The state may be changed in place
47 One operation reads its state as one type
48 setState creates or replaces; what cannot be stored fails the operation
49 deleteState deletes; a later setState creates again
50 signalEntity sends when the operation commits
51 startNewOrchestration starts when the operation commits, and returns the id
52 The context is a parameter and async-local
53 Outside of an operation the context is a clear error
54 The other names: instanceId, destructOnExit
Class entities
55 A plain class needs no base class and no marks on its fields
56 The class can be constructed and serialised
57 An operation is found by the method's name, without regard to case
58 At most one parameter
59 No overloads
60 No type parameters
61 An unknown operation is an error to the caller, and changes nothing
62 Parameters and results can be serialised, or the operation fails whole
63 Synchronous and asynchronous methods work alike
64 A method that an orchestration calls through an interface returns a Promise
65 Dispatch loads the object, runs the method and stores the object
66 The method runs once for each message
67 The library constructs the objects
68 The first operation that succeeds creates the state
69 Entity.current.deleteState() deletes it
70 delete is an operation of every class
71 Methods reach everything through Entity.current
72 Nothing but operations can be reached by a message
73 Inherited methods are operations
The life of a state
74 Created by the first message
75 Deleted on demand only, and then as if it had never been
76 Used after deletion it starts afresh
77 Unloading an idle entity changes nothing
78 After a kill at any point an operation has happened whole or not at all
79 Locks are stored with the entity
Who may do what
80 Clients signal and read; ours may call
81 Orchestrations signal, call and lock, and do not read
82 Entities signal and start orchestrations, and do not call
83 A call waits for its answer
84 A signal is done when it is accepted
85 A signal that fails later is invisible to its sender
86 A call sees the newest state
87 A call is to an orchestration what an activity is, with an address
The client
88 Signal by id, operation and input
89 A read tells whether the entity exists, and its state
90 A missing entity reads as missing
91 A read gives the last committed state
92 A state that was read is a copy
93 A typed read gives typed data
94 The status of an entity: when it changed, what waits, who holds it
95 The client works anywhere
Orchestrations and entities
96 A call gives its value, in replay too
97 A signal is recorded and not awaited
98 A call after a signal sees its effect
99 The error that an operation throws is thrown at the await
100 Orchestrations can signal
101 Sub-orchestrations reach the same entities
Entities and entities
102 An entity signals others and itself
103 A milestone is reported once
Serialisation
104 State is JSON; dates, maps, sets, nested classes come back as they were
105 Only marked fields are stored, if one wishes
106 A field may be stored under another name
107 No marks at all: every field is stored
108 The name of the class is not stored
109 A new field has its initialiser's value
110 A removed field is dropped
111 A renamed field is a new one and a removed one, unless its stored name stays
112 A stored value that does not fit is an error, and nothing is lost
113 A stored value that converts is converted
114 Unknown stored fields can be an error
115 Other stored forms can be read by a function of one's own
116 Stored values are put into an object that is built already
117 A value that cannot be serialised gives its sender an error
Construction and injection
118 A class is built without arguments or with injected ones
119 An initial state of one's own, after deletion too
120 dispatch gives values to the constructor
121 A service as a constructor value, not stored
122 Services come from the container, with its scopes
123 An injected value is not stored
124 Two ids never share an object
125 A constructor that fails fails the operation, not the entity
Interfaces and proxies
126 An interface describes operations
127 Several interfaces per entity, several entities per interface, inheritance
128 A signal lambda performs exactly one operation
129 Signalling an operation with a result gives no result
130 A proxy in an orchestration can be used many times
131 void is signalled, a Promise is called; it is stated, never guessed
132 An operation that returns a Promise can be signalled, too
133 Entities signal through interfaces
134 A key alone is enough where one class implements the interface
135 No class implements it: an error that says so
136 Several implement it: an error that names them
137 Interface rules are checked, each by its name
138 A void method can only be signalled; a call gives the result or throws
139 A client's signal lambda never calls
140 The compiler checks names and arguments of proxies
141 Awaiting or printing a proxy sends nothing
Critical sections
142 lock takes several entities and gives what ends the section
143 Only orchestrations lock
144 Every entity can be locked, existing or not
145 While locked, nobody else's operation runs
146 They wait, and run afterwards in order
147 One holder at a time, first come first served
148 An operation outside the critical section is blocked, too
149 Locks survive a crash
150 An error in the section rolls nothing back
151 No deadlocks
152 Rule 1: no section in a section
153 Rule 2: no sub-orchestrations inside
154 Rule 3: only locked entities are called
155 Rule 4: no parallel calls to one locked entity
156 Rule 5: locked entities are not signalled
157 A broken rule is an error that can be caught; nothing was sent
158 The end of the run ends the section, however it comes
159 Activities, timers and events are allowed inside
160 The transfer of funds never overdraws and keeps the sum
161 Order and duplicates in the list do not matter; an empty list is an error
162 An orchestration can ask which entities it has locked
Compared with virtual actors
163 Addressed by id
164 Serial
165 Created by use
166 Unloaded when idle
167 Durable before answered
168 No timeouts of its own
169 Entity to entity: reliable and in order
170 Request and response only from orchestrations
171 No deadlocks
172 Locking across entities
Every example of the documents
173 Counter as a function
174 Counter with delete
175 Counter as a class that stores what it marks
176 Counter with asynchronous methods and delete
177 Counter that returns its state and is deleted by null
178 Counter as a plain class
179 Counter as a TaskEntity with a logger
180 Counter that is dispatched to
181 Counter of the JavaScript page
182 Counter of the Python page
183 A queue's message becomes a signal
184 A client's signal
185 A client's read, and its 404
186 A client's read: no state found
187 Call, then signal while below ten
188 Signal three, then call: three
189 A counter tells its monitor at a milestone
190 A transfer through proxies
191 A counter starts an orchestration at its milestone
192 HTTP DELETE signals
193 HTTP GET reads
194 Increment, then get, by names
195 Delete through an interface
196 Increment, then get, through a proxy
197 A key alone as the target
198 A user with contacts
199 Counters with other serialisation conventions, or none
200 Counter with an initial value of its own
201 An entity whose state lies in a blob
202 An entity with an injected HTTP client
`;

export interface Section {
  readonly title: string;
  readonly items: readonly (readonly [number: number, promise: string])[];
}

export const sections: readonly Section[] = text
  .trim()
  .split(/\n(?=\D)/)
  .map((section) => {
    const [title, ...lines] = section.split('\n') as [string, ...string[]];
    return {
      title,
      items: lines.map((line) => {
        const [, number, promise] = /^(\d+) (.*)$/.exec(line) as unknown as [string, string, string];
        return [Number(number), promise.replace(/\.$/, '')] as const;
      }),
    };
  });

/** By number. */
export const checklist: Readonly<Record<number, string>> = Object.fromEntries(sections.flatMap(({ items }) => items));
