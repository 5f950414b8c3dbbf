/** Plans that tests start from. */

/** One without a fault. */
export const GOOD_PLAN = `# Plan: Login

## Summary

Make it work.

## References

- a page

## Stages

### Stage 01: Build

#### Stage Definition

It is built.

#### Stage Constitution

**Inputs:**
- nothing

#### Stage Questions

- [x] Which? This one

#### Stage Batches

##### Batch 01: Base

The base.

###### Thread 01: Form

**Summary:**
The form.

**Details:**
- do it

###### Thread 02: Page

**Summary:**
The page.

**Details:**
- make the page

##### Batch 02: Polish

###### Thread 01: Colours

**Summary:** Colours.

**Details:** Choose them.

### Stage 02: Ship

#### Stage Definition

It is out.

#### Stage Constitution

**Inputs:**
- stage 1

#### Stage Questions

#### Stage Batches

##### Batch 01: Out

###### Thread 01: Release

**Summary:**
Release it.

**Details:**
1. tag
   - sign
2. push
`;
