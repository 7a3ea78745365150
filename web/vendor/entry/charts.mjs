// Charts, loaded when their tab is opened.
export { default as uPlot } from "uplot";
