// Short names for the shapes of the contract; contract.d.ts is made from docs/openapi.json at each build.
import type { components } from "./contract";

type Shapes = components["schemas"];
export type About = Shapes["About"];
export type Accepted = Shapes["Accepted"];
export type Comparison = Shapes["ComparisonView"];
export type Edited = Shapes["EditedView"];
export type Edit = Shapes["Edits"]["edits"][number];
export type Histogram = Shapes["HistogramView"];
export type Imported = Shapes["Imported"];
export type MadeSet = Shapes["MadeSet"];
export type Particle = Shapes["ParticleView"];
export type Particles = Shapes["ParticlesView"];
export type Measured = Shapes["MeasuredView"];
export type Proposal = Shapes["Proposal"];
export type ScanChange = Shapes["ScanChange"];
export type Scan = Shapes["ScanView"];
export type ParticleSet = Shapes["SetView"];
export type Statistics = Shapes["StatisticsView"];
export type Group = Shapes["GroupView"];
export type CompareSets = Shapes["CompareSets"];
export type Point = [number, number];
