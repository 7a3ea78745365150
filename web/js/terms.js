// @ts-check
// The words of the field that a beginner meets, each in a sentence.
// Invariant: each sentence is the one of the glossary, src/glossary.md.
export const TERMS = {
  container: "A program that runs isolated from the rest of the host, with its own files and network.",
  image:
    "The packed files of a program, from which containers are created; it does not change while they run.",
  registry: "A server from which images are pulled, such as Docker Hub.",
  environment:
    "What a container is for, such as production or testing; it decides how carefully it is treated.",
  port: "A number under which a program is reached over the network; a published port is open on this host.",
  volume: "Storage outside the container, which keeps its data when the container is deleted or recreated.",
  network: "What connects containers with each other and with the world outside.",
  variable: "A setting that is given to the program when it starts, as a name and a value.",
  template: "A prepared configuration for a service, with questions for what only you can decide.",
  operation: "Work that takes a while, such as a pull or a recreate, with its steps and its result.",
  update: "A newer image for a container; the container is replaced by a new one with the same settings.",
  plan: "What a change will do, what it keeps and what it needs, told before it is made.",
};
