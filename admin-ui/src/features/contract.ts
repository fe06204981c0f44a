import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

/** What a feature's folder says of itself; its texts stand in `messages.json` beside it. */
export interface Feature {
  routes: FeatureRoute[]
  menu?: MenuItem
}

export type FeatureRoute = RouteRecordRaw & {
  meta: {
    /** Key of the page's title. */
    title: string
    /** Least role; 0 is everybody. */
    role: number
    /** The page stands alone, without the menu of signed-in people. */
    public?: boolean
  }
}

export type MenuGroup = 'use' | 'manage' | 'system'

export interface MenuItem {
  title: string
  to: string
  icon: Component
  group: MenuGroup
  minRole: number
  /** Place in its group, small numbers first. */
  order: number
  /** Shown only while this holds; read anew whenever what it looks at changes. */
  when?: () => boolean
}
