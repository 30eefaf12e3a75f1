/** How the bytes of a field are read. The assembly knows them too, which is why this file has nothing else in it. */
export enum Operation {
  /** By the readers of `decode.ts`, value by value. */
  other,
  int,
  long,
  millis,
  float,
  double,
  boolean,
  text,
  nothing,
  date,
}
